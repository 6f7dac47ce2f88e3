import type { BlindSpot } from '../app/blind-spot.ts';
import { emptiedTable, isTableEmptied } from '../app/table-verdict.ts';
import { toFailure } from '../core/errors.ts';
import { hasEnded } from '../core/iam-policy.ts';
import type { RoleRef, Timestamp } from '../core/model.ts';
import { emailOfResource, isServiceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { StoredItem } from '../core/table-item.ts';
import { readTable } from '../core/table-view.ts';
import { workloadIdentityUser } from '../core/target.ts';
import type { KeyPorts } from './ports.ts';

/** A service account, and the roles that may act as it without a key. */
export interface GrantedAccount {
  readonly email: string;
  /** The time of the oldest of these grants; left out if the ledger lists none. */
  readonly grantedSince?: Timestamp;
  readonly roles: readonly RoleRef[];
  /** The ledger was not read completely, or was emptied: other roles may have a grant, or an older one. */
  readonly isLedgerIncomplete?: true;
}

export interface FoundAccounts {
  /** By e-mail. */
  readonly accounts: readonly GrantedAccount[];
  readonly blindSpots: readonly BlindSpot[];
}

/** Finds the service accounts that the ledger lists and, with `all`, every other one in google.projects. */
export const findAccounts = async (
  { google, mode }: Pick<Settings, 'google' | 'mode'>,
  ports: Omit<KeyPorts, 'reader'>,
  { all }: { readonly all: boolean },
): Promise<FoundAccounts> => {
  const granted = await grantedAccounts(mode, ports, { all });
  if (!all) return granted;
  const isComplete = granted.blindSpots.length === 0;
  const found = new Map(granted.accounts.map((account) => [account.email, account]));
  const blindSpots = [...granted.blindSpots];
  for (const project of google.projects)
    try {
      for await (const page of ports.listings.serviceAccounts(project))
        for (const email of page.map(emailOfResource))
          if (!found.has(email)) found.set(email, { email, roles: [], ...completeness(isComplete) });
    } catch (thrown) {
      blindSpots.push({
        what: `the service accounts of project ${project}`,
        reason: toFailure(thrown).message,
      });
    }
  return { accounts: [...found.values()].toSorted(byEmail), blindSpots };
};

const completeness = (isComplete: boolean): Pick<GrantedAccount, 'isLedgerIncomplete'> =>
  isComplete ? {} : { isLedgerIncomplete: true };

const grantedAccounts = async (
  mode: Settings['mode'],
  { table, isDeployed, clock }: Omit<KeyPorts, 'reader' | 'listings'>,
  { all }: { readonly all: boolean },
): Promise<FoundAccounts> => {
  const items: StoredItem[] = [];
  try {
    // Before the first deploy, every account can be listed, and none has a grant.
    if (!all && !(await isDeployed())) return { accounts: [], blindSpots: [notDeployed] };
    for await (const page of table.scan()) items.push(...page);
  } catch (thrown) {
    return { accounts: [], blindSpots: [{ what: 'the ledger', reason: toFailure(thrown).message }] };
  }
  const view = readTable(items);
  const blindSpots = [
    ...(isTableEmptied({ mode }, { view }) ? [emptiedTable] : []),
    ...view.unreadable.map((name) => ({
      what: `item ${name} of the ledger`,
      reason: 'This version cannot read it.',
    })),
  ];
  const now = clock.now();
  const grants = [...view.ledgers.values()].flatMap(({ role, entries }) =>
    entries
      .filter(
        ({ googleRole, resource }) =>
          isServiceAccountResource(resource) && googleRole === workloadIdentityUser,
      )
      .filter(({ condition }) => !hasEnded(condition, now))
      .map(({ resource, since }) => ({ email: emailOfResource(resource), role, since })),
  );
  return {
    accounts: [...Map.groupBy(grants, ({ email }) => email)]
      .map(([email, same]): GrantedAccount => {
        const [oldest] = same.map(({ since }) => since).toSorted((a, b) => Date.parse(a) - Date.parse(b));
        return {
          email,
          ...(oldest === undefined ? {} : { grantedSince: oldest }),
          roles: [...new Set(same.map(({ role }) => role))].toSorted(byName),
          ...completeness(blindSpots.length === 0),
        };
      })
      .toSorted(byEmail),
    blindSpots,
  };
};

const notDeployed: BlindSpot = {
  what: 'the ledger',
  reason:
    'Nothing is deployed under this stage. Name the deployed one with --stage, or show every service account with --all.',
};

const byEmail = (a: GrantedAccount, b: GrantedAccount): number => (a.email < b.email ? -1 : 1);

const byName = (a: RoleRef, b: RoleRef): number => (nameOf(a) < nameOf(b) ? -1 : 1);

const nameOf = ({ accountId, roleName }: RoleRef): string => `${accountId} ${roleName}`;
