import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { PermanentError } from '../../core/errors.ts';

/** Writes a second file, then renames it: a reader sees the old text or the new one. */
export const replaceFile = (path: string, text: string): void => {
  const real = realpathSync(path);
  const beside = `${real}.${randomUUID()}`;
  try {
    const { mode } = statSync(real);
    writeFileSync(beside, text, { mode, flush: true });
    // The umask may have removed bits.
    chmodSync(beside, mode);
    renameSync(beside, real);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw new PermanentError(`${path} could not be written: ${reasonOf(thrown)}`, { cause: thrown });
  }
};

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
