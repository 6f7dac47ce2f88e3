import { type Stats, statSync } from 'node:fs';
import { field } from '../shared/adapters/field.ts';
import { PermanentError, toFailure } from '../shared/core/errors.ts';

/** @throws PermanentError if --config names no regular file */
export const checkedConfig = (path: string | undefined): void => {
  if (path === undefined) return;
  const stats = statOf(path);
  if (stats === undefined) throw new PermanentError(`--config must name an existing file, not ${path}.`);
  if (!stats.isFile())
    throw new PermanentError(
      `--config must name a regular file, and ${path} is ${stats.isDirectory() ? 'a folder' : 'a pipe, a socket or a device'}. Put the settings into a regular file.`,
    );
};

/** Undefined if there is nothing at the path. */
const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    const reason =
      field(thrown, 'code') === 'ELOOP'
        ? 'it is a link that leads back to itself'
        : toFailure(thrown).message;
    throw new PermanentError(`--config must name a regular file, and ${path} cannot be opened: ${reason}.`, {
      cause: thrown,
    });
  }
};
