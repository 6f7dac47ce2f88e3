import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PermanentError } from '../../../shared/core/errors.ts';
import { isRecord, parseJson } from '../../../shared/core/json.ts';
import { githubWorkflow } from './github-workflow.ts';
import { gitlabPipeline } from './gitlab-pipeline.ts';

export type Pipeline = 'github' | 'gitlab';

export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** `extended`: everything that was in it stays. */
  readonly change: 'created' | 'extended' | 'replaced' | 'unchanged';
}

export interface PlannedFiles {
  readonly files: readonly PlannedFile[];
  /** npm scripts that exist with another command, and stay. */
  readonly keptScripts: readonly string[];
}

/** Everything that init would write into a folder. Reads it, and writes nothing. */
export const plannedFiles = (folder: string, settings: string, ci: Pipeline | undefined): PlannedFiles => {
  const manifest = plannedManifest(join(folder, 'package.json'));
  return {
    files: [
      ownFile(join(folder, 'rolebridge.yml'), settings),
      manifest.file,
      plannedIgnores(join(folder, '.gitignore')),
      ...(ci === 'github' ? [ownFile(join(folder, '.github/workflows/rolebridge.yml'), githubWorkflow)] : []),
      ...(ci === 'gitlab' ? [ownFile(join(folder, '.gitlab-ci.yml'), gitlabPipeline)] : []),
    ],
    keptScripts: manifest.keptScripts,
  };
};

/** A file that is ours as a whole. */
const ownFile = (path: string, text: string): PlannedFile => {
  const before = existingText(path);
  return {
    path,
    text,
    change: before === undefined ? 'created' : before === text ? 'unchanged' : 'replaced',
  };
};

const existingText = (path: string): string | undefined => {
  const parts = path.split(sep);
  for (const at of parts.keys()) {
    const part = parts.slice(0, at + 1).join(sep) || sep;
    const problem = obstacle(part, at === parts.length - 1);
    // Found here, because later some files would be written already.
    if (problem !== undefined)
      throw new PermanentError(`Nothing was written: ${part} ${problem}. Move it away, and run this again.`);
  }
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

/** Why no file can be written to a path, or into it; undefined if one can. */
const obstacle = (path: string, isFile: boolean): string | undefined => {
  if (!existsSync(path)) {
    const isLink = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    // A write would follow the link, and create a file somewhere else.
    return isLink ? 'is a link to something that does not exist' : undefined;
  }
  const found = statSync(path);
  if (isFile) return found.isFile() ? undefined : 'is not a file';
  return found.isDirectory() ? undefined : 'is not a folder';
};

const scripts: Readonly<Record<string, string>> = {
  setup: 'rolebridge setup',
  plan: 'rolebridge plan',
  deploy: 'rolebridge deploy',
};

/** @throws PermanentError if package.json is not a JSON object */
const plannedManifest = (
  path: string,
): { readonly file: PlannedFile; readonly keptScripts: readonly string[] } => {
  const before = existingText(path);
  const manifest = before === undefined ? { private: true } : parseJson(before);
  if (!isRecord(manifest))
    throw new PermanentError(
      `Nothing was written: ${path} is not a JSON object. Fix it, and run this again.`,
    );
  const { scripts: theirs = {} } = manifest;
  if (!isRecord(theirs))
    throw new PermanentError(
      `Nothing was written: "scripts" in ${path} is not an object. Fix it, and run this again.`,
    );
  const text = `${JSON.stringify({ ...manifest, scripts: { ...scripts, ...theirs } }, null, indentOf(before))}\n`;
  const isSame = Object.keys(scripts).every((name) => name in theirs);
  return {
    file: {
      path,
      text: isSame && before !== undefined ? before : text,
      change: before === undefined ? 'created' : isSame ? 'unchanged' : 'extended',
    },
    keptScripts: Object.entries(scripts).flatMap(([name, command]) =>
      name in theirs && theirs[name] !== command ? [name] : [],
    ),
  };
};

/** The file's own indentation. */
const indentOf = (text = ''): string => /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';

const ignored = ['node_modules/'];

const plannedIgnores = (path: string): PlannedFile => {
  const before = existingText(path);
  const lines = new Set((before ?? '').split('\n').map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const added = ignored.filter((line) => !lines.has(line.replace(/\/$/, '')));
  const separator = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
  return {
    path,
    text: `${before ?? ''}${separator}${added.map((line) => `${line}\n`).join('')}`,
    change: before === undefined ? 'created' : added.length === 0 ? 'unchanged' : 'extended',
  };
};
