import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { dataOfPage } from './page/page.ts';

/** @throws PermanentError if there is a file that is not a report, and replacing it was not asked for; always if it is a device, a pipe or a folder */
export const assertReplaceable = (path: string, isForced: boolean): void => {
  const found = existing(path, () => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return;
  assertRegular(path, found);
  if (isForced || dataOfPage(existing(path, () => readFileSync(path, 'utf8'))) !== undefined) return;
  throw new PermanentError(
    `--output ${path} exists and is not a report. Name another file, or pass --force to replace it.`,
  );
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

/** Reading a pipe waits for its writer, /dev/full never ends, and renaming onto /dev/null would replace it. */
const assertRegular = (path: string, found: Stats): void => {
  if (found.isFile()) return;
  throw new PermanentError(
    `--output ${path} is not a regular file. Name a file, such as access.html; --json and --csv print to standard output.`,
  );
};

/** Writes atomically: a reader sees either the old page or the new one. Only its owner may read it: it names everyone's access. */
export const writePage = (path: string, page: string): void => {
  // No one else can have made a file or a link of this name.
  const draft = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(draft, page, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (thrown) {
    // Below a path that is not a folder there is nothing to remove, and trying to would be the error that people see.
    if (existsSync(draft)) rmSync(draft);
    throw new PermanentError(`--output ${path} cannot be written: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};
