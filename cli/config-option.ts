import { existsSync, statSync } from 'node:fs';
import { PermanentError } from '../shared/core/errors.ts';

/** @throws PermanentError if --config names no file */
export const checkedConfig = (path: string | undefined): void => {
  if (path !== undefined && (!existsSync(path) || !statSync(path).isFile()))
    throw new PermanentError(`--config must name an existing file, not ${path}.`);
};
