import type { Settings } from '../core/settings.ts';
import { findAccounts } from './find-accounts.ts';
import type { KeyPorts } from './ports.ts';
import { type KeyFindings, readKeys } from './read-keys.ts';

interface KeyQuery {
  /** Include every service account in google.projects, and not only those that have a grant. */
  readonly all: boolean;
  readonly idleDays: number;
}

/** Finds service accounts with their keys, and what Google knows about the use of both. */
export const findKeys = async (
  settings: Pick<Settings, 'google' | 'mode'>,
  ports: KeyPorts,
  { all, idleDays }: KeyQuery,
): Promise<KeyFindings> => {
  const found = await findAccounts(settings, ports, { all });
  const { accounts, blindSpots } = await readKeys(ports, found.accounts, { idleDays });
  return { accounts, blindSpots: [...found.blindSpots, ...blindSpots] };
};
