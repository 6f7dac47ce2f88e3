import { PermanentError } from '../core/errors.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import type { OrganizationAccount, OrganizationListing } from './ports.ts';

/** An account that should be removed from rolebridge.yml, and why it stays. */
export interface BlockedAccount extends OrganizationAccount {
  readonly reason: string;
}

/** rolebridge.yml compared with AWS Organizations. Every account of rolebridge.yml is in exactly one of these lists, except `toAdd`. */
export interface AccountsComparison {
  readonly organization: string;
  /** Active, and not in rolebridge.yml. */
  readonly toAdd: readonly OrganizationAccount[];
  /** Suspended or closed. */
  readonly toRemove: readonly OrganizationAccount[];
  /** As `toRemove`, but rolebridge.yml would not be valid without them. */
  readonly blocked: readonly BlockedAccount[];
  /** Not in the organization: they left, or never belonged to it. */
  readonly unknown: readonly string[];
  /** In the organization, outside of the units that were asked for. */
  readonly outside: readonly OrganizationAccount[];
  readonly unchanged: readonly OrganizationAccount[];
}

type ComparedSettings = Pick<Settings, 'home' | 'organization' | 'accounts' | 'allow'>;

/** @throws PermanentError if the listing is of an organization that the home account does not belong to */
export const compareAccounts = (
  settings: ComparedSettings,
  { organization, accounts, inUnits }: OrganizationListing,
): AccountsComparison => {
  const home = homeOf(settings);
  if (settings.organization !== undefined && settings.organization !== organization)
    throw new PermanentError(
      `Your AWS credentials are of organization ${organization}, and rolebridge.yml names ${settings.organization}, so nothing was compared. Sign in to that one, or correct organization in rolebridge.yml.`,
    );
  const listed = new Map(accounts.map((account) => [account.id, account]));
  if (!listed.has(home))
    throw new PermanentError(
      `Organization ${organization} does not contain the home account ${home}, so nothing was compared. Sign in to the management account of the home account's organization, or correct rolebridge.yml.`,
    );
  const configured = new Set(settings.accounts.map(({ id }) => id));
  const known = settings.accounts.flatMap(({ id }) => listed.get(id) ?? []);
  const gone = known.filter(isGone);
  const reasons = new Map(gone.map(({ id }) => [id, reasonToStay(settings, id)]));
  const isInside = ({ id }: OrganizationAccount): boolean => inUnits?.has(id) ?? true;
  const kept = known.filter((account) => !isGone(account));
  return {
    organization,
    toAdd: accounts
      .filter((account) => account.state === 'active' && isInside(account) && !configured.has(account.id))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    toRemove: gone.filter(({ id }) => reasons.get(id) === undefined),
    blocked: gone.flatMap((account) => {
      const reason = reasons.get(account.id);
      return reason === undefined ? [] : [{ ...account, reason }];
    }),
    unknown: settings.accounts.flatMap(({ id }) => (listed.has(id) ? [] : [id])),
    outside: kept.filter((account) => !isInside(account)),
    unchanged: kept.filter(isInside),
  };
};

const isGone = ({ state }: OrganizationAccount): boolean => state === 'suspended' || state === 'closed';

/** Why rolebridge.yml needs an account; undefined if it does not. */
const reasonToStay = (settings: ComparedSettings, id: string): string | undefined => {
  if (id === homeOf(settings)) return 'rolebridge is deployed to it';
  const rules = settings.allow.flatMap(({ accounts = [] }, index) =>
    accounts.includes(id) ? [`allow[${index}]`] : [],
  );
  return rules.length === 0
    ? undefined
    : `${rules.join(' and ')} of rolebridge.yml ${rules.length === 1 ? 'names' : 'name'} it; remove it there first`;
};

/** Whether a person should change or check something. */
export const hasDifference = (comparison: AccountsComparison): boolean =>
  comparison.toAdd.length +
    comparison.toRemove.length +
    comparison.blocked.length +
    comparison.unknown.length >
  0;
