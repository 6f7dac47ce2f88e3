import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { longestStage } from '../core/stack.ts';
import { ConfigError } from './error.ts';
import { isThere } from './file-bytes.ts';

/** rolebridge.yml, and behind it the stage's override file, if there is one. */
export type ConfigPaths = readonly [base: string, ...overrides: string[]];

/**
 * The nearest rolebridge.yml in this folder and those above it, as git finds a checkout, and the stage's override file beside it.
 * If there is none, the path names this folder's.
 * @throws ConfigError if a file above this folder belongs to another user, who would decide what we do with the caller's credentials
 */
export const nearestPaths = (stage: string | undefined, folder: string): ConfigPaths => {
  const paths = withOverride(nearestConfig(folder), stage, folder);
  for (const path of paths) if (path.startsWith('..')) assertOwn(join(folder, path), path);
  return paths;
};

/** A rolebridge.yml, and the stage's override file beside it, if there is one. */
export const withOverride = (base: string, stage?: string, folder = '.'): ConfigPaths => {
  const override = stage === undefined ? undefined : overrideOf(base, stage);
  return override !== undefined && isThere(join(folder, override)) ? [base, override] : [base];
};

/** `rolebridge.yml with rolebridge.dev.yml` */
export const pathsText = (paths: ConfigPaths): string => paths.join(' with ');

/** The override files beside a rolebridge.yml, by their stages, in the order of the names. */
export const overridesBeside = (base: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(dirname(base))
      .toSorted()
      .flatMap((name) => stageOfFile.exec(name)?.[1] ?? [])
      .flatMap((stage) => {
        const path = overrideOf(base, stage);
        return path === undefined ? [] : [[stage, path] as const];
      }),
  );

export const fileName = 'rolebridge.yml';

const stageOfFile = new RegExp(`^rolebridge\\.([A-Za-z0-9-]{1,${longestStage}})\\.yml$`);

/** rolebridge.example.yml explains the settings; it is not an override. */
const overrideOf = (base: string, stage: string): string | undefined => {
  const name = `rolebridge.${stage}.yml`;
  return basename(base) !== fileName || stage === 'example' || !stageOfFile.test(name)
    ? undefined
    : join(dirname(base), name);
};

const nearestConfig = (folder: string): string => {
  for (let above = folder; ; above = dirname(above)) {
    const path = join(above, fileName);
    if (isThere(path)) return relative(folder, path);
    if (above === dirname(above)) return fileName;
  }
};

const assertOwn = (path: string, shownAs: string): void => {
  const own = process.getuid?.();
  // The owner of a link chose the file, too. A link may lead nowhere.
  const owners = [statSync(path, { throwIfNoEntry: false }), lstatSync(path)];
  if (own === undefined || owners.every((owner) => owner === undefined || [own, 0].includes(owner.uid)))
    return;
  throw new ConfigError(shownAs, [
    { file: shownAs, message: 'belongs to another user. To use it, set ROLEBRIDGE_CONFIG to its path.' },
  ]);
};
