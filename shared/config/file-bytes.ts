import { lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { isRecord } from '../core/json.ts';
import { ConfigError } from './error.ts';

/**
 * Reads a file of settings. Anything but a regular file is refused before it is opened: a pipe without a writer would keep the
 * command waiting, and /dev/zero has no end.
 * @throws ConfigError with the next step
 */
export const fileBytes = (path: string): Buffer => {
  const stats = statOf(path);
  if (!stats.isFile())
    throw refusal(
      path,
      `is a ${kindOf(stats)}, not a file. Put the settings into a regular file; --config and ROLEBRIDGE_CONFIG can name one that is elsewhere.`,
    );
  if (stats.size > maxBytes)
    throw refusal(
      path,
      'is larger than 1 MB. Is it another file? Set ROLEBRIDGE_CONFIG to the path of rolebridge.yml.',
    );
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw refusal(path, `cannot be read: ${reasonOf(thrown)}`);
  }
};

/** Whether there is something at a path, even if it is a link to nothing. */
export const isThere = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // We may not look into the folder, so its files are of no use to us.
    return false;
  }
};

/** Ten thousand accounts with a line each are half of it. A larger text keeps the parser busy for minutes. */
const maxBytes = 1_000_000;

const statOf = (path: string): Stats => {
  try {
    return statSync(path);
  } catch (thrown) {
    const isAbsent = isRecord(thrown) && thrown['code'] === 'ENOENT';
    if (isAbsent && isThere(path))
      throw refusal(
        path,
        `is a link to ${readlinkSync(path)}, which does not exist. Correct the link, or remove it.`,
      );
    throw refusal(
      path,
      isAbsent
        ? `does not exist. "rolebridge init" writes a first rolebridge.yml. If yours is elsewhere, set ROLEBRIDGE_CONFIG to its path.`
        : `cannot be read: ${reasonOf(thrown)}`,
    );
  }
};

const kindOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
};

const refusal = (path: string, message: string): ConfigError =>
  new ConfigError(path, [{ file: path, message }]);

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
