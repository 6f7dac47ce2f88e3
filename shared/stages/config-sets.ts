import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isThere } from '../config/file-bytes.ts';
import { type ConfigPaths, fileName, overridesBeside } from '../config/paths.ts';
import { usualStage } from '../core/stack.ts';

export interface StageFiles {
  readonly stage: string;
  readonly files: ConfigPaths;
}

/** Files that are checked together: rolebridge.yml with the override files beside it, or one file that was named exactly. */
export interface ConfigSet {
  readonly base: string;
  readonly stages: readonly StageFiles[];
  /** Files that look like ours, and that no command reads. */
  readonly ignored: readonly string[];
}

/** The sets to which files belong, without repetition. Any rolebridge.yml or override file stands for its whole set. */
export const configSets = (paths: readonly string[]): readonly ConfigSet[] => [
  ...new Map(paths.map(configSet).map((set) => [set.base, set])).values(),
];

/** A file with no set: what --config and ROLEBRIDGE_CONFIG name. */
export const singleFile = (path: string): ConfigSet => ({
  base: path,
  stages: [{ stage: usualStage, files: [path] }],
  ignored: [],
});

const configSet = (path: string): ConfigSet => {
  const folder = dirname(path);
  const base = join(folder, fileName);
  if (!isThere(base)) return aloneFile(path);
  const overrides = overridesBeside(base);
  const isInSet = basename(path) === fileName || [...overrides.values()].includes(join(path));
  if (!isInSet) return aloneFile(path);
  const stages = [...overrides].map(([stage, override]) => ({ stage, files: [base, override] as const }));
  const known = new Set([base, join(folder, 'rolebridge.example.yml'), ...overrides.values()]);
  return {
    base,
    stages: overrides.has(usualStage) ? stages : [{ stage: usualStage, files: [base] }, ...stages],
    ignored: readdirSync(folder)
      .filter(looksLikeOurs)
      .map((name) => join(folder, name))
      .filter((file) => !known.has(file)),
  };
};

/** A file beside the sets. A name such as rolebridge.yaml promises more than --config would read. */
const aloneFile = (path: string): ConfigSet => ({
  ...singleFile(path),
  ignored: basename(path) !== fileName && looksLikeOurs(basename(path)) ? [path] : [],
});

const looksLikeOurs = (name: string): boolean => /^rolebridge\.(.+\.)?ya?ml$/i.test(name);
