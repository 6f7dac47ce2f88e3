import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { dataOfPage } from './page/page.ts';

/**
 * @throws PermanentError if there is a file that is not a report, and replacing it was not asked for; always if it is a device, a pipe or
 * a folder, or if no file can be made there
 */
export const assertReplaceable = (path: string, isForced: boolean): void => {
  assertNamed(path);
  const found = existing(path, () => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return assertPossible(path);
  assertRegular(path, found);
  assertFolder(path);
  if (isForced || dataOfPage(existing(path, () => readFileSync(path, 'utf8'))) !== undefined) return;
  throw new PermanentError(
    `--output ${path} exists and is not a report. Name another file, or pass --force to replace it.`,
  );
};

const assertNamed = (path: string): void => {
  if (path === '')
    throw new PermanentError('--output needs the name of a file, such as access.html, not an empty text.');
};

const existing = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (thrown) {
    throw new PermanentError(`--output ${path} cannot be read: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};

/** There is no file yet. */
const assertPossible = (path: string): void => {
  if (path.endsWith('/'))
    throw new PermanentError(
      `--output ${path} is the name of a folder. Name a file in it, such as ${path}access.html.`,
    );
  assertFolder(path);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new PermanentError(`--output ${path} is a link to a file that does not exist. Name another file.`);
};

const assertFolder = (path: string): void => {
  const folder = dirname(path);
  const found = existing(path, () => statSync(folder, { throwIfNoEntry: false }));
  if (found === undefined)
    throw new PermanentError(
      `--output ${path}: there is no folder ${folder}. Create it first, or name a file in another one.`,
    );
  if (!found.isDirectory())
    throw new PermanentError(`--output ${path}: ${folder} is not a folder. Name a file in a folder.`);
  writing(path, () => accessSync(folder, constants.W_OK | constants.X_OK));
};

/** Reading a pipe waits for its writer, /dev/full never ends, and renaming onto /dev/null would replace it. */
const assertRegular = (path: string, found: Stats): void => {
  if (found.isFile()) return;
  throw new PermanentError(
    `--output ${path} is not a regular file. Name a file, such as access.html; --json and --csv print to standard output.`,
  );
};

/**
 * Writes atomically: a reader sees either the old page or the new one. Only its owner may read it: it names everyone's access.
 * @throws PermanentError if it cannot be written, or if `assertReplaceable` would throw now
 */
export const writePage = (path: string, page: string, isForced: boolean): void => {
  // No one else can have made a file or a link of this name. It is shorter than the longest name of a page.
  const draft = join(dirname(path), `.${randomUUID()}.new`);
  try {
    writing(path, () => writeFileSync(draft, page, { mode: 0o600, flag: 'wx' }));
    if (isLinked(draft, path)) return;
    assertReplaceable(path, isForced);
    writing(path, () => renameSync(draft, path));
  } finally {
    // Below a path that is not a folder there is nothing to remove, and trying to would be the error that people see.
    if (statSync(draft, { throwIfNoEntry: false }) !== undefined) rmSync(draft);
  }
};

/** A link never replaces a file, so none can appear between a check and the write. There may be one, or a file system without links. */
const isLinked = (draft: string, path: string): boolean => {
  try {
    linkSync(draft, path);
    return true;
  } catch {
    return false;
  }
};

const writing = (path: string, write: () => void): void => {
  try {
    write();
  } catch (thrown) {
    throw new PermanentError(`--output ${path} cannot be written: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};
