import { isStatusChange } from '../core/change.ts';
import { toFailure } from '../core/errors.ts';
import { isDryRun } from '../core/mode.ts';
import type { RoleState } from '../core/model.ts';
import { roleKey } from '../core/role-key.ts';
import { usedRegions, withScope } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import { isGrantRule, ourSites, providerOf, type Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { limitedPerAccount } from './account-limits.ts';
import { type Applied, applyAccess, applyParameters } from './apply.ts';
import { withAskedRoles } from './google-roles.ts';
import { type Ledgers, readLedgersAndNotes } from './ledger.ts';
import {
  confirmable,
  lostProjectsOf,
  observeFolders,
  observePolicies,
  observeRole,
  readOwnerships,
  readRole,
  withDriftedSites,
} from './observe.ts';
import { addDesired, type PlanContext, planAccess, planParameters } from './plan-run.ts';
import { publishOutcomes, type RoleReport, reportOf } from './report.ts';
import { type Batch, distinctRoles, eachRun, type RoleRequest, type RoleRun, startRun } from './role-run.ts';
import { summarize } from './summarize.ts';

/** Rounds of plan and apply before a role that keeps changing returns to the queue. */
const maxRounds = 3;

/**
 * Gives the roles of a batch the access that their tags ask for (docs/architecture.md follows one event through it).
 * Each role gets one report; one role's failure throws nothing.
 */
export const reconcile = async (
  settings: Settings,
  ports: Ports,
  requests: readonly RoleRequest[],
): Promise<readonly RoleReport[]> => {
  const runs = distinctRoles(requests, ports.clock.now()).map((request) => startRun(settings, request));
  const ended = await reconcileInPools(settings, ports, runs);
  const reports = ended.map((run) => reportOf(settings, ports, run));
  return publishOutcomes(settings, ports, reports);
};

/** Covers all pools that are or were ours. If the table cannot name them, nothing changes and the messages come back. */
const reconcileInPools = async (
  file: Settings,
  ports: Ports,
  runs: readonly RoleRun[],
): Promise<readonly RoleRun[]> => {
  if (runs.length === 0) return [];
  const scope = await ports.scope().catch(toFailure);
  if (scope instanceof Error) {
    const batch = { settings: file, ports };
    return (await eachRun(batch, 'reading', runs, () => Promise.reject(scope))).stopped;
  }
  const settings = withScope(file, scope);
  const ownerships = await readOwnerships(settings, ports.ownerships);
  for (const [pool, ownership] of ownerships)
    if (ownership.kind !== 'ours')
      ports.logger.warn('The pool is not proven to be ours.', { pool, ...ownership });
  const hasSeveral = new Set(runs.map(({ request }) => request.ref.accountId)).size > 1;
  const regionsIn = usedRegions(settings, scope);
  return reconcileUntilStable(
    { settings, ports: hasSeveral ? limitedPerAccount(ports) : ports, ownerships },
    runs.map((run) => inRegions(run, regionsIn(run.request.ref.accountId))),
  );
};

/** A message may be forged, so we look for nothing in a region that was never used. */
const inRegions = ({ request, ...run }: RoleRun, regions: readonly string[]): RoleRun => ({
  ...run,
  request: {
    ...request,
    swept: {
      ...request.swept,
      strays: request.swept.strays.filter(({ region }) => regions.includes(region)),
    },
  },
});

/** Plans and applies until no role changes any more. */
const reconcileUntilStable = async (batch: Batch, runs: readonly RoleRun[]): Promise<readonly RoleRun[]> => {
  const ended: RoleRun[] = [];
  let open = runs;
  for (let round = 1; open.length > 0; round += 1) {
    const after = await reconcileRound(batch, open, round === maxRounds);
    ended.push(...after.filter(({ end }) => !end.isOpen));
    open = after.filter(({ end }) => end.isOpen);
  }
  return ended;
};

/**
 * Observe, plan, apply, read again, for the whole batch: one read of the ledger and of each policy, and one edit of each policy for
 * all roles, unless something changes in between. Access comes first, then the parameters.
 */
const reconcileRound = async (
  batch: Batch,
  runs: readonly RoleRun[],
  isLast: boolean,
): Promise<readonly RoleRun[]> => {
  const observed = await observe(batch, runs);
  const { context, generation } = observed;
  const { settings, ports, policies } = context;

  const planned = await eachRun(context, 'planning', observed.runs, (run) => planAccess(context, run));
  const access = await applyAccess(settings, ports, planned.done, policies, generation);

  const complete = await eachRun(context, 'planning', planned.done, async (run) => {
    const { ref, swept } = run.request;
    return planParameters(context, run, await observeFolders(settings, ports, ref, swept.strays), access);
  });
  // Reading takes as long as the slowest account, and its time is not taken from the others.
  const configsUntil = ports.clock.now().getTime() + configsMilliseconds(runs);
  const applied = await applyParameters(settings, ports, access, complete.done, configsUntil);

  const reread = await eachRun(context, 'checking', complete.done, async (run) => {
    const changed = await hasChangedSince(context, applied, run).catch(toFailure);
    const found =
      changed instanceof Error ? { hasChanged: false, failure: changed } : { hasChanged: changed };
    return summarize(context, run, applied, policies, { ...found, isLast });
  });
  const steps = [observed, planned, complete, reread];
  return [...steps.flatMap(({ stopped }) => stopped), ...reread.done];
};

/** Everything that a round has read before it plans. */
interface Observation {
  readonly context: PlanContext;
  /** Each with its role as IAM has it, and what the tags ask for. */
  readonly runs: readonly RoleRun[];
  /** Those that could not be read. */
  readonly stopped: readonly RoleRun[];
  /** Changes whenever the table was emptied; undefined if nothing has been entered yet. */
  readonly generation: string | undefined;
}

/**
 * Reads the table, the roles, what was at drifted sites before us, and the Google roles that tags name. Then the guardrail decides what is
 * granted, and each policy that a plan needs is read.
 */
const observe = async (batch: Batch, runs: readonly RoleRun[]): Promise<Observation> => {
  const { ports } = batch;
  const reportedAbsent = runs.flatMap(({ request }) => request.swept.absent);
  const { ledgers, notes } = await readLedgersAndNotes(
    ports.table,
    runs.map(({ request }) => request.ref),
    [...new Set(runs.flatMap(({ request }) => request.swept.answers))],
    lostProjectsOf(reportedAbsent),
  );
  const { answers, lostAt, generation } = notes;

  const found = await eachRun(batch, 'reading', runs, (run) => withRole(batch, ledgers, run));
  const inSites = await withDriftedSites(batch.settings, ports.table, runs);
  const roles = found.done.map((run) => run.observed.role);
  const settings = inSites.allow.some(isGrantRule)
    ? await withAskedRoles(inSites, ports.googleRoles, roles)
    : inSites;
  const now = ports.clock.now();
  const asking = await eachRun({ settings, ports }, 'planning', found.done, (run) =>
    addDesired(settings, answers, now, run),
  );
  const policies = await observePolicies(
    ports,
    [...new Set(asking.done.flatMap(({ resources }) => resources))],
    isDryRun(settings.mode)
      ? reportedAbsent
      : confirmable(reportedAbsent, listedBy(asking.done), lostAt, now),
    ourSites(settings).map(({ resource }) => resource),
  );
  return {
    context: { ...batch, settings, policies, answers, now },
    runs: asking.done,
    stopped: [...found.stopped, ...asking.stopped],
    generation,
  };
};

/** @throws Failure if the ledger's item or the role cannot be read: then nothing may be bound, and the message comes back. */
const withRole = async ({ settings, ports }: Batch, ledgers: Ledgers, run: RoleRun): Promise<RoleRun> => {
  const { ref } = run.request;
  const ledger = ledgers.get(roleKey(ref)) ?? new Error('The ledger was not read for this role.');
  if (ledger instanceof Error) throw ledger;
  return { ...run, observed: await observeRole(settings, ports, ref, ledger) };
};

const listedBy = (runs: readonly RoleRun[]): ReadonlySet<ResourceName> =>
  new Set(runs.flatMap(({ observed }) => observed.ledger.entries.map(({ resource }) => resource)));

/**
 * Parameter Store takes some 3 writes a second, and access must not wait for them. A batch of events therefore binds,
 * publishes for a moment, and leaves the rest to rechecks, which have more time.
 */
const configsMilliseconds = (runs: readonly RoleRun[]): number =>
  runs.every(({ request }) => request.deferrals > 0) ? 30_000 : 1_000;

/**
 * Reads the role again if its plan had more than statuses, whether or not the changes could be made: its tags may have changed, or
 * someone else wrote its ledger item.
 */
const hasChangedSince = async (
  { settings, ports }: Batch,
  { raced }: Applied,
  { request, observed, plan }: RoleRun,
): Promise<boolean> => {
  if (raced.has(roleKey(request.ref))) return true;
  if (plan.permitted.every(isStatusChange)) return false;
  // Roles of accounts that are not configured are not read.
  if (providerOf(settings, request.ref) === undefined) return false;
  return isOtherRole(observed.role, await readRole(ports, request.ref, observed.ledger));
};

/** Whether the role differs from the one that was planned for. Parameters do not count: others may write them. */
export const isOtherRole = (before: RoleState, after: RoleState): boolean =>
  identityOf(before) !== identityOf(after);

const identityOf = (role: RoleState): string =>
  role.kind === 'absent'
    ? 'absent'
    : JSON.stringify([role.roleId, role.tags.map(({ key, value }) => `${key}=${value}`).toSorted()]);
