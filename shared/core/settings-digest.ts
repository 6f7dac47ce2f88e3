import { createHash } from 'node:crypto';
import { isRecord } from './json.ts';
import type { Settings } from './settings.ts';

/**
 * Identifies the settings in force, defaults included: two files that differ only in comments, order or quotes have the same
 * digest. The stack keeps it in the functions' environment, so that `plan` knows whether this file is deployed.
 */
export const settingsDigest = (settings: Settings): string =>
  createHash('sha256').update(sorted(settings)).digest('hex').slice(0, 32);

/** The same text for every order of keys. Order matters in lists: the first rule that matches decides. */
const sorted = (settings: Settings): string =>
  JSON.stringify(settings, (_key, value: unknown) =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
