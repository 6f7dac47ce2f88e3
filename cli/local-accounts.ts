import { parse, stringify } from 'yaml';
import { parseSettings } from '../shared/config/config.ts';
import { PermanentError } from '../shared/core/errors.ts';
import { homeOf } from '../shared/core/settings.ts';

export interface LocalAccounts {
  /** rolebridge.yml with all accounts, home first. */
  readonly text: string;
  /** Ids of the accounts besides home. */
  readonly memberIds: readonly string[];
}

/**
 * Adds example accounts to a rolebridge.yml, until it lists as many as the local world should have. Accounts that it lists already
 * are kept. @throws ConfigError for a wrong file, and PermanentError if it lists more accounts
 */
export const withLocalAccounts = (text: string, accountCount: number): LocalAccounts => {
  const home = homeOf(parseSettings(text));
  const file = parse(text) as { readonly accounts: readonly ListedAccount[] };
  if (file.accounts.length > accountCount)
    throw new PermanentError(
      `rolebridge.yml lists ${file.accounts.length} accounts, more than ${accountCount}. Pass --accounts ${file.accounts.length}, or remove some of them.`,
    );
  const isHome = ({ id }: ListedAccount): boolean => id === home;
  const listed = [...file.accounts.filter(isHome), ...file.accounts.filter((one) => !isHome(one))];
  const known = new Set(listed.map(({ id }) => id));
  const added = memberIds(accountCount)
    .filter((id) => !known.has(id))
    .slice(0, accountCount - listed.length)
    .map((id) => ({ id, provider: `aws-${id}`, ...regionsOf(id) }));
  const accounts = [...listed, ...added];
  return {
    text: stringify({ organization: exampleOrganization, ...file, home, accounts }),
    memberIds: accounts.slice(1).map(({ id }) => id),
  };
};

interface ListedAccount {
  readonly id: string;
}

/** Ids of a number of example accounts: those of AWS's documentation first. */
export const memberIds = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, index) => ['444455556666', '777788889999'][index] ?? String(200_000_000_000 + index + 1),
  );

/** The first example account publishes its configs in a region of its own. */
const regionsOf = (id: string) => (id === memberIds(1)[0] ? { regions: [exampleRegion] } : {});

/** Where the first example account publishes its configs. */
export const exampleRegion = 'eu-central-1';

/** The AWS organization of all accounts. */
export const exampleOrganization = 'o-a1b2c3d4e5';
