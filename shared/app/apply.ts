import pMap from 'p-map';
import {
  type Bind,
  bindingOf,
  type Change,
  type ChangeResult,
  done,
  failureOf,
  isPolicyChange,
  isStatusChange,
  isUseOfSite,
  type LedgerChange,
  type PolicyChange,
  type PolicyChangeResult,
  type Results,
} from '../core/change.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import { bindingKey, byBindingKey, type LedgerEntry } from '../core/ledger.ts';
import { canRevoke } from '../core/mode.ts';
import { resourceAbsent } from '../core/resource-absent.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { changesAtStrangers } from './at-strangers.ts';
import { type Announce, editResource } from './edit-resource.ts';
import { enterSites } from './enter-sites.ts';
import { callsAtATime, type ObservedPolicies } from './observe.ts';
import { lostRace, type OpenItem, openItem, tooManyEntries } from './open-item.ts';
import { asFailure, type RoleRun } from './role-run.ts';
import { enterScope, findUnlisted, type TableState, unlistedIn } from './table-state.ts';
import { writeParameters } from './write-parameters.ts';
import { writeStatuses } from './write-statuses.ts';

/** The access of a batch is applied; its ledger items are still open. */
export interface AppliedAccess {
  readonly items: ReadonlyMap<RoleKey, OpenItem>;
  readonly results: Results;
  readonly scopeFailure: Failure | undefined;
  readonly tableState: TableState;
}

/** One role with its open ledger item. */
interface Part {
  readonly run: RoleRun;
  readonly item: OpenItem;
}

/**
 * Makes the access of a batch of roles (adr/0019): announces binds in the ledger, then edits each policy once for all roles.
 * Every bind, unbind and list gets a result; `applyParameters` adds the others to the same map. One role's failure affects no other role.
 */
export const applyAccess = async (
  settings: Settings,
  ports: Ports,
  runs: readonly RoleRun[],
  policies: ObservedPolicies,
  generation: string | undefined,
): Promise<AppliedAccess> => {
  const results: Results = new Map();
  const parts = runs
    .filter(({ plan }) => plan.permitted.length + plan.forgotten.length > 0)
    .map((run): Part => {
      const { observed, plan } = run;
      return { run, item: openItem(ports, observed.role.ref, observed.ledger, plan.requesters) };
    });
  // In upsert-only others may bind in our pool.
  const unlisted = canRevoke(settings.mode)
    ? await findUnlisted(settings, ports, runs, generation)
    : undefined;
  const tableState = {
    isUnlisted: unlisted?.isConfirmed === true,
    ...(generation === undefined ? {} : { generation }),
  };
  failBlocked(parts, policies, results);
  const changes = runs.flatMap(({ plan }) => plan.permitted);
  // Only buckets have owners that may change.
  if ([...policies.reads.values()].some(({ owner }) => owner !== undefined)) {
    const refused = await changesAtStrangers(settings, ports.table, changes, policies.reads);
    for (const [change, failure] of refused) failOpen([change], failure, results, policies.reads);
  }
  const scopeFailure = await enterScope(settings, ports, runs, tableState);
  if (scopeFailure === undefined && changes.some(isUseOfSite))
    for (const [change, failure] of await enterSites(settings, ports, runs, policies.reads, results))
      results.set(change, { kind: 'failed', error: failure, isNotMade: true });
  // Bindings that the table lacks are the only sign that it was emptied. Until it has a note of that, they are neither listed nor removed.
  for (const { run } of parts) {
    const undecided = unlisted?.undecided.get(roleKey(run.request.ref));
    const failure = undecided ?? (tableState.isUnlisted ? scopeFailure : undefined);
    if (failure !== undefined)
      failOpen(unlistedIn(run, run.observed.ledger.entries), failure, results, policies.reads);
  }
  await forEachPart(parts, (part) => announce(ports, part, policies, scopeFailure, results));
  for (const { run } of parts) holdBack(run.plan.permitted, results);
  await editPolicies(ports, parts, policies, results);
  return {
    items: new Map(parts.map(({ run, item }) => [roleKey(run.request.ref), item])),
    results,
    scopeFailure,
    tableState,
  };
};

/**
 * Binds whose Google role may not be granted now, or that would give no access, are not tried. An earlier one may still exist where
 * the policy could not be read.
 */
const failBlocked = (parts: readonly Part[], { reads, absent }: ObservedPolicies, results: Results): void => {
  for (const { run } of parts)
    for (const change of run.plan.permitted) {
      if (change.kind !== 'bind') continue;
      const error = blockedFailure(change, reads);
      if (error === undefined) continue;
      const isNotMade = reads.has(change.resource) || absent.has(change.resource);
      results.set(change, { kind: 'failed', error, isNotMade });
    }
};

/** Why a bind may not be made now, or would give no access. */
export const blockedFailure = (
  { blocked, resource }: Bind,
  reads: ObservedPolicies['reads'],
): Failure | undefined => {
  const { reason = reads.get(resource)?.noBinds, isPassing } = blocked ?? {};
  if (reason === undefined) return undefined;
  return isPassing === true ? new RetryableError(reason) : new PermanentError(reason);
};

/** Enters binds and lists into the role's item. If that fails, nothing is bound; a lost race stops the whole role. */
const announce = async (
  ports: Ports,
  { run, item }: Part,
  { reads }: ObservedPolicies,
  scopeFailure: Failure | undefined,
  results: Results,
): Promise<void> => {
  const { ref } = run.observed.role;
  const { permitted } = run.plan;
  const lists = permitted.filter(
    (change): change is LedgerChange => change.kind === 'list' && !results.has(change),
  );
  const binds = permitted.filter((change): change is Bind => change.kind === 'bind' && !results.has(change));
  if (scopeFailure !== undefined) {
    failOpen([...binds, ...lists], scopeFailure, results, reads);
    return;
  }
  // If the policy could not be read, or the resource is absent, nothing is tried, so nothing is announced.
  const tried = binds.filter(({ resource }) => reads.has(resource));
  try {
    const refused = await item.announce(tried, lists);
    if (refused.size > 0) failOpen([...refused], tooManyEntries(ref), results, reads);
    for (const list of lists) if (!results.has(list)) results.set(list, done);
  } catch (thrown) {
    const failure = asFailure(ports.logger, ref, 'announcing', thrown);
    failOpen(item.isLost() ? permitted : [...binds, ...lists], failure, results, reads);
  }
};

/** Fails those changes that have no result yet. A binding is known to be absent only if its policy was read. */
const failOpen = (
  changes: readonly Change[],
  error: Failure,
  results: Results,
  reads: ObservedPolicies['reads'],
): void => {
  for (const change of changes)
    if (!results.has(change)) {
      const isNotMade = change.kind === 'bind' && reads.has(change.resource);
      results.set(change, { kind: 'failed', error, isNotMade });
    }
};

/** Holds back every unbind whose replacement cannot be bound; otherwise the access would end. */
const holdBack = (changes: readonly Change[], results: Results): void => {
  const bindFailures = new Map(
    changes.flatMap((change) => {
      const because = failureOf(results.get(change));
      return because === undefined ? [] : [[change.id, because] as const];
    }),
  );
  for (const change of changes) {
    if (change.kind !== 'unbind' || change.after === undefined || results.has(change)) continue;
    const because = bindFailures.get(change.after);
    if (because !== undefined) results.set(change, { kind: 'heldBack', because });
  }
};

/** `reads` is what planning read, before the announcements: good for the first write of a resource. */
const editPolicies = async (
  ports: Ports,
  parts: readonly Part[],
  { reads, errors, absent }: ObservedPolicies,
  results: Results,
): Promise<void> => {
  const open = parts.flatMap((part) =>
    part.run.plan.permitted
      .filter(isPolicyChange)
      .filter((change) => !results.has(change))
      .map((change) => ({ part, change })),
  );
  const announceAgain = announcer(new Map(open.map(({ part, change }) => [change, part])));
  await pMap(
    Map.groupBy(
      open.map(({ change }) => change),
      ({ resource }): ResourceName => resource,
    ),
    async ([resource, group]) => {
      const isNotMade = absent.has(resource);
      const error = isNotMade ? resourceAbsent(resource) : errors.get(resource);
      const edited: ReadonlyMap<PolicyChange, PolicyChangeResult> =
        error === undefined
          ? await editResource(ports, resource, group, announceAgain, reads.get(resource))
          : new Map(group.map((change) => [change, { kind: 'failed', error, isNotMade }]));
      for (const [change, result] of edited) results.set(change, result);
    },
    { concurrency: callsAtATime },
  );
};

/** Announces binds once more, after their policy was read again. */
const announcer =
  (partOf: ReadonlyMap<PolicyChange, Part>): Announce =>
  async (binds) => {
    const failures = new Map<PolicyChange, Failure>();
    await pMap(
      Map.groupBy(binds, (bind) => partOf.get(bind)),
      async ([part, group]) => {
        try {
          if (part === undefined) throw new Error('No ledger item is open for this bind.');
          await part.item.announce(group, []);
        } catch (thrown) {
          for (const bind of group) failures.set(bind, toFailure(thrown));
        }
      },
      { concurrency: callsAtATime },
    );
    return failures;
  };

/** The results of a batch. */
export interface Applied {
  readonly results: ReadonlyMap<Change, ChangeResult>;
  /** Roles that someone else is working on at the same time: they are read and planned again. */
  readonly raced: ReadonlySet<RoleKey>;
  /** Why the ledger still lists a binding that is gone. */
  readonly unclosed: ReadonlyMap<RoleKey, Failure>;
  /** The entries that the ledger listed for each role, before or after, by bindingKey. */
  readonly listed: ReadonlyMap<RoleKey, ReadonlyMap<string, LedgerEntry>>;
}

/**
 * Writes the parameters of the same roles, then removes the bindings that are gone from the ledger. Configs that are not
 * begun by `until` (milliseconds since 1970) are left for later.
 */
export const applyParameters = async (
  settings: Settings,
  ports: Ports,
  access: AppliedAccess,
  runs: readonly RoleRun[],
  until: number,
): Promise<Applied> => {
  const { items, results } = access;
  const scopeFailure = access.scopeFailure ?? (await enterScope(settings, ports, runs, access.tableState));
  const isLost = ({ request }: RoleRun): boolean => items.get(roleKey(request.ref))?.isLost() === true;
  for (const { observed, plan } of runs.filter(isLost))
    failOpen(plan.permitted, lostRace(observed.role.ref), results, new Map());
  await writeParameters(ports, runs, scopeFailure, until, results);
  if (runs.some(({ plan }) => plan.permitted.some(isStatusChange)))
    await writeStatuses(ports, runs, scopeFailure, until, results);
  const unclosed = new Map<RoleKey, Failure>();
  const parts = runs.flatMap((run): readonly Part[] => {
    const item = items.get(roleKey(run.request.ref));
    return item === undefined ? [] : [{ run, item }];
  });
  await forEachPart(parts, async (part) => {
    const failure = await close(ports, part, results);
    if (failure !== undefined) unclosed.set(roleKey(part.run.request.ref), failure);
  });
  const listed = new Map(
    runs.map(({ request, observed }) => {
      const key = roleKey(request.ref);
      return [key, items.get(key)?.listed() ?? byBindingKey(observed.ledger.entries)] as const;
    }),
  );
  const raced = new Set(runs.filter(isLost).map(({ request }) => roleKey(request.ref)));
  return { results, raced, unclosed, listed };
};

/** Removes the bindings that are gone from the role's item. */
const close = async (ports: Ports, { run, item }: Part, results: Results): Promise<Failure | undefined> => {
  const unlists = run.plan.permitted.filter(({ kind }) => kind === 'unlist');
  try {
    await item.close(goneBindings({ run, item }, results));
    for (const change of unlists) if (!results.has(change)) results.set(change, done);
    return undefined;
  } catch (thrown) {
    const failure = notClosed(
      asFailure(ports.logger, run.observed.role.ref, 'closing the ledger item of', thrown),
    );
    failOpen(unlists, failure, results, new Map());
    return failure;
  }
};

/** The same write may have failed before, when the item was opened: the two are reported apart. */
const notClosed = (failure: Failure): Failure => {
  const what = 'The ledger item of the role could not be closed';
  const message = `${what}: ${failure.message}`;
  return failure instanceof PermanentError
    ? new PermanentError(message, { cause: failure, lasting: `${what}: ${failure.lasting}` })
    : new RetryableError(message, { cause: failure });
};

/** The bindings of a role that leave the ledger: removed, found gone, refused by Google at the only try, or forgotten. */
const goneBindings = ({ run, item }: Part, results: Results): ReadonlySet<string> =>
  new Set([
    ...run.plan.forgotten.map(({ entry }) => bindingKey(entry)),
    ...run.plan.permitted.flatMap((change) => {
      if (change.kind === 'unlist') return [bindingKey(change.binding)];
      if (!isPolicyChange(change)) return [];
      const key = bindingKey(bindingOf(change));
      const result = results.get(change);
      if (change.kind === 'unbind') return result?.kind === 'done' ? [key] : [];
      return result?.kind === 'failed' && result.isNotMade && item.isUndisturbed(key) ? [key] : [];
    }),
  ]);

const forEachPart = (parts: readonly Part[], make: (part: Part) => Promise<void>): Promise<void[]> =>
  pMap(parts, make, { concurrency: callsAtATime });
