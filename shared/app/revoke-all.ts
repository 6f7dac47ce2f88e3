import type { DriftedRole } from '../core/compare.ts';
import { PermanentError } from '../core/errors.ts';
import { type ListedEntry } from '../core/forget.ts';
import type { Timestamp } from '../core/model.ts';
import { once } from '../core/once.ts';
import type { AccountRegion } from '../core/region.ts';
import { resourceRestorableMilliseconds, restorableMilliseconds, type Scope } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import { accountIdsOf, homeOf, type Settings } from '../core/settings.ts';
import { nothingAllowed } from '../core/standing.ts';
import { itemKeyText, type StoredItem } from '../core/table-item.ts';
import { siteOfAccess } from '../core/target.ts';
import type { Clock, DeployedStack, Ports, StoppedRule, SweepPorts, Table } from '../ports.ts';
import { checkRevocable } from './answers.ts';
import { type BlindSpot } from './blind-spot.ts';
import { reconcile } from './reconcile.ts';
import type { RoleReport } from './report.ts';
import { emptyRequest, nothingSwept } from './role-run.ts';
import { unreadAccounts } from './snapshot.ts';
import { type Survey, survey } from './survey.ts';
import { unenteredSites } from './unentered-sites.ts';

/**
 * Surveys every binding and parameter of ours. All of them are to be revoked. `hasLedger`: whether a stack is deployed. Without one, a
 * site that the kept table lacks may have been used, too.
 * @throws PermanentError in a mode in which others may use the pool.
 */
export const everythingOfOurs = (
  settings: Settings,
  ports: SweepPorts,
  { hasLedger = true }: { readonly hasLedger?: boolean } = {},
): Promise<Survey> => {
  checkRevocable(settings);
  return hasLedger ? survey(nothingAllowed(settings), ports) : withUnenteredSites(settings, ports);
};

const withUnenteredSites = async (settings: Settings, ports: SweepPorts): Promise<Survey> => {
  const found = await survey(nothingAllowed(settings), ports);
  const inPools = { ...found.settings, allow: settings.allow };
  const unentered = await unenteredSites(inPools, ports, found.table.scope);
  return { ...found, seen: { ...found.seen, blindSpots: [...found.seen.blindSpots, ...unentered] } };
};

/**
 * The table of a stack that was removed, as far as a command needs it: what earlier files named, with the members that sites had
 * before, and no ledger.
 */
export const leftTable = (readKept: () => Promise<readonly StoredItem[]>): Table => {
  const kept = once(readKept);
  return {
    read: async (keys) => {
      const wanted = new Set(keys.map(itemKeyText));
      return (await kept()).filter((item) => wanted.has(itemKeyText(item)));
    },
    list: async (pk) => (await kept()).filter((item) => item.pk === pk),
    scan: async function* () {
      yield await kept();
    },
    write: () => Promise.resolve({ kind: 'written', revision: 'nowhere' }),
    remove: () => Promise.resolve({ kind: 'removed' }),
  };
};

/**
 * Everything that the survey could not see, including accounts that no tag or ledger entry names: each may hold a binding of
 * ours.
 */
export const unprovenOf = ({ seen, table }: Survey): readonly BlindSpot[] => [
  ...seen.blindSpots,
  ...unreadAccounts(seen),
  ...leftAccounts(table.scope),
];

/** We read no parameters in an AWS account that left the file, so only a person can confirm that none is left. */
const leftAccounts = (scope: Scope): readonly BlindSpot[] =>
  scope
    .filter(({ kind, droppedAt }) => kind === 'account' && droppedAt !== undefined)
    .map(({ name }) => ({
      what: `the parameters of account ${name}`,
      reason: `rolebridge.yml no longer lists the account, so they cannot be read. Once they are removed there: rolebridge forget --account ${name}`,
    }));

/** Bindings that the ledger still lists. */
export const stillListed = ({ table }: Survey): readonly ListedEntry[] =>
  [...(table.view?.ledgers.values() ?? [])].flatMap(({ role, entries }) =>
    entries.map((entry) => ({ role, entry })),
  );

export interface LostProject {
  readonly project: string;
  readonly lostAt: Timestamp;
}

/** Projects that lost a service account which Google can still restore, with the bindings that it had. */
export const restorableIn = ({ table, now }: Survey): readonly LostProject[] =>
  [...(table.view?.lost ?? [])]
    .filter(([, lostAt]) => now.getTime() - Date.parse(lostAt) < restorableMilliseconds)
    .map(([project, lostAt]) => ({ project, lostAt }));

export interface LostResource {
  readonly resource: ResourceName;
  readonly goneAt: Timestamp;
}

/** Resources that were deleted while they had our members, as far as Google may still restore them. */
export const restorableResources = ({ table, now }: Survey): readonly LostResource[] => {
  const gone = [...(table.view?.gone ?? [])]
    .filter(([, goneAt]) => now.getTime() - Date.parse(goneAt) < resourceRestorableMilliseconds)
    .map(([site, goneAt]) => [siteOfAccess(site).resource, goneAt] as const)
    .toSorted(([, a], [, b]) => (a < b ? -1 : 1));
  return [...new Map(gone)].map(([resource, goneAt]) => ({ resource, goneAt }));
};

export interface AccountParameters extends AccountRegion {
  readonly names: readonly string[];
}

/** The parameters that are left in other accounts than the home account. Only their administrators and the functions remove them. */
export const leftElsewhere = ({ settings, drifted }: Survey): readonly AccountParameters[] => {
  const left = drifted.flatMap(({ drift: { ref, changes } }) =>
    changes.flatMap((change) =>
      (change.kind === 'unpublish' || change.kind === 'removeStatus') && ref.accountId !== homeOf(settings)
        ? [{ accountId: ref.accountId, region: change.region, name: change.name }]
        : [],
    ),
  );
  return [...Map.groupBy(left, ({ accountId, region }) => `${accountId} ${region}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...more]]) =>
      first === undefined
        ? []
        : [
            {
              accountId: first.accountId,
              region: first.region,
              names: [first, ...more].map(({ name }) => name).toSorted(),
            },
          ],
    );
};

/** Everything that a proof rests on. */
export interface Examined {
  /** The account deployed to. */
  readonly accountId: string;
  /** Every AWS account whose roles were all listed. */
  readonly accounts: readonly string[];
  readonly roles: number;
  readonly projects: readonly { readonly project: string; readonly serviceAccounts: number }[];
  /** Allow policies that were read, and accounts that are confirmed absent. */
  readonly policies: number;
  readonly parameters: readonly {
    /** Missing for the account deployed to. */
    readonly accountId?: string;
    readonly region: string;
    readonly prefix: string;
    readonly found: number;
  }[];
  readonly pools: readonly string[];
  /** Roles that the ledger lists; undefined if it could not be read. */
  readonly ledgerItems?: number;
}

/** Lists everything that the survey examined completely. The rest is in its blind spots. */
export const examinedIn = ({ settings, seen, table }: Survey): Examined => ({
  accountId: homeOf(settings),
  accounts: accountIdsOf(settings).filter((id) => seen.listedAccounts.has(id)),
  roles: seen.roles.filter(({ ref }) => seen.listedAccounts.has(ref.accountId)).length,
  projects: seen.projects
    .filter(({ isComplete }) => isComplete)
    .map(({ project, resources }) => ({ project, serviceAccounts: resources.length })),
  policies: [...seen.policies.values()].filter(({ kind }) => kind !== 'unreadable').length,
  parameters: seen.parameters
    .filter(({ isComplete }) => isComplete)
    .map(({ accountId, region, prefix, parameters }) => ({
      ...(accountId === homeOf(settings) ? {} : { accountId }),
      region,
      prefix,
      found: parameters.length,
    })),
  pools: [...seen.ownerships].flatMap(([pool, { kind }]) => (kind === 'ours' ? [pool] : [])),
  ...(table.view === undefined ? {} : { ledgerItems: table.view.ledgers.size }),
});

/** Whether nothing of ours is left, neither in Google nor in Parameter Store nor in the ledger, and everything was seen. */
export const isProven = (found: Survey): boolean =>
  found.drifted.length + stillListed(found).length + unprovenOf(found).length === 0;

/**
 * Stops everything that could grant again: rules, queue, and invocations that still run.
 * @throws PermanentError where the queue does not come to rest.
 */
export const stopGranting = async (stack: DeployedStack, clock: Clock): Promise<readonly StoppedRule[]> => {
  const rules = await stack.stopRules();
  await stack.purgeQueue();
  const left = await messagesLeft(stack, clock);
  if (left > 0)
    throw new PermanentError(
      `The rules are stopped, but the queue does not come to rest (messages that wait or are in hand: ${left}). Nothing was revoked; try again in a few minutes.`,
    );
  return rules;
};

/** The function's timeout is 300 s, and a message waits for at most 120 s before it. */
const idleTimeoutMilliseconds = 450_000;

const pauseMilliseconds = 2_000;

/** Messages that still wait or are in flight when the queue has come to rest or the time is up. */
const messagesLeft = async (stack: DeployedStack, { now, pause }: Clock): Promise<number> => {
  const end = now().getTime() + idleTimeoutMilliseconds;
  let left = await stack.queuedMessages();
  while (left > 0 && now().getTime() < end) {
    await pause(pauseMilliseconds);
    left = await stack.queuedMessages();
  }
  return left;
};

/** The next sweep finds bindings that were made while the first one read. */
const maxRounds = 3;

/**
 * Asks the functions to remove everything, since only they write the ledger, and checks until that is proven. The answer
 * lists anything that is left after some rounds.
 */
export const revokeByFunctions = async (
  stack: DeployedStack,
  clock: Clock,
  look: () => Promise<Survey>,
): Promise<Survey> => {
  await stack.sweep({ kind: 'revokeAll' });
  for (let round = 1; ; round += 1) {
    // EventBridge takes a moment to bring the drifts to the queue.
    await clock.pause(pauseMilliseconds);
    await messagesLeft(stack, clock);
    const found = await look();
    if (isProven(found) || round === maxRounds) return found;
    // The answer stands, so every sweep removes everything.
    await stack.sweep();
  }
};

/** Without a stack there is no ledger: revokes everything with the caller's own credentials and the functions' code. */
export const takeAway = (
  settings: Settings,
  ports: Ports,
  drifted: readonly DriftedRole[],
): Promise<readonly RoleReport[]> =>
  reconcile(
    nothingAllowed(settings),
    ports,
    drifted.map(({ drift: { ref, resources, strays, absent } }) => ({
      ...emptyRequest(ref, { eventName: 'rolebridge revoke --all' }, 'first'),
      swept: { ...nothingSwept, resources, strays, absent },
      namedKeys: 'all',
    })),
  );
