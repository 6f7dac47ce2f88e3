import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { dataOfPage } from './page/page.ts';

/** @throws PermanentError if there is a file that is not a report, and replacing it was not asked for */
export const assertReplaceable = (path: string, isForced: boolean): void => {
  if (isForced || !existsSync(path) || dataOfPage(textOf(path)) !== undefined) return;
  throw new PermanentError(
    `--output ${path} exists and is not a report. Name another file, or pass --force to replace it.`,
  );
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new PermanentError(`--output ${path} exists and cannot be read: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};

/** Writes atomically: a reader sees either the old page or the new one. Only its owner may read it: it names everyone's access. */
export const writePage = (path: string, page: string): void => {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, page, { mode: 0o600 });
    renameSync(draft, path);
  } catch (thrown) {
    // Below a path that is not a folder there is nothing to remove, and trying to would be the error that people see.
    if (existsSync(draft)) rmSync(draft);
    throw new PermanentError(`--output ${path} cannot be written: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};
