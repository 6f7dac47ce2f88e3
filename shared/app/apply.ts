import pMap from 'p-map';
import type { Change, PolicyChange, Publish, Unpublish } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import { takesAway } from '../core/mode.ts';
import { placeKey, recordedParameters } from '../core/observed.ts';
import { grantOfParameter } from '../core/parameter-name.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { PolicyRead, Ports } from '../ports.ts';
import { editResource, type PolicyChangeResult } from './edit-resource.ts';
import { folderErrorOf, type ObservedPolicies, type ObservedRole, readConcurrency } from './observe.ts';
import { comesBack } from './unforeseen.ts';

export type ChangeResult = PolicyChangeResult | { readonly kind: 'heldBack'; readonly because: Failure };

/** One role's part of a batch. */
export interface PlannedRole extends ObservedRole {
  readonly changes: readonly Change[];
}

type Results = Map<Change, ChangeResult>;
const done: ChangeResult = { kind: 'done' };

const isPolicyChange = (change: Change): change is PolicyChange =>
  change.kind === 'bind' || change.kind === 'unbind';

const attemptWrite = async (write: () => Promise<void>): Promise<ChangeResult> => {
  try {
    await write();
    return done;
  } catch (thrown) {
    return { kind: 'failed', error: toFailure(thrown), isAbsent: false };
  }
};

const writeParameter = (
  ports: Ports,
  role: ObservedRole,
  change: Publish | Unpublish,
): Promise<ChangeResult> => {
  const { region, name } = change;
  return attemptWrite(async () => {
    const unreadable = folderErrorOf(role, change);
    if (unreadable !== undefined) throw unreadable;
    if (change.kind === 'unpublish') return ports.parameters.remove(region, name);
    return ports.parameters.put(region, { name, value: change.value, description: change.description });
  });
};

/** `reads` holds what was read for planning: good for the first write of a resource, out of date after it. */
const editPolicies = async (
  ports: Ports,
  reads: Map<ResourceName, PolicyRead>,
  errors: ObservedPolicies['errors'],
  changes: readonly PolicyChange[],
  results: Results,
): Promise<void> => {
  await pMap(
    Map.groupBy(changes, ({ resource }): ResourceName => resource),
    async ([resource, group]) => {
      const first = reads.get(resource);
      reads.delete(resource);
      const error = errors.get(resource);
      const edited =
        error === undefined
          ? await editResource(ports, resource, group, first)
          : new Map(group.map((change) => [change, { kind: 'failed', error, isAbsent: false } as const]));
      for (const [change, result] of edited) results.set(change, result);
    },
    { concurrency: readConcurrency },
  );
};

export const failureOf = (result: ChangeResult | undefined): Failure | undefined => {
  if (result?.kind === 'failed') return result.error;
  return result?.kind === 'heldBack' ? result.because : undefined;
};

const waitsFor = (
  role: PlannedRole,
  change: Change,
  results: Results,
): readonly (ChangeResult | undefined)[] =>
  role.changes.filter(({ id }) => change.after.includes(id)).map((other) => results.get(other));

/** What waits for a failed change is held back for good, and so is what waits for that. */
const holdBack = (role: PlannedRole, results: Results): void => {
  for (const change of role.changes) {
    const because = waitsFor(role, change, results)
      .map(failureOf)
      .find((failure) => failure !== undefined);
    if (because === undefined || results.has(change)) continue;
    results.set(change, { kind: 'heldBack', because });
    holdBack(role, results);
  }
};

/** The changes that can be made now. */
const nextWave = (
  roles: readonly PlannedRole[],
  results: Results,
): readonly { role: PlannedRole; change: Change }[] => {
  for (const role of roles) holdBack(role, results);
  return roles.flatMap((role) =>
    role.changes
      .filter(
        (change) =>
          !results.has(change) && waitsFor(role, change, results).every((result) => result?.kind === 'done'),
      )
      .map((change) => ({ role, change })),
  );
};

/** Whether a parameter that names this account is no binding's record any more. */
const isUnbound = (role: PlannedRole, results: Results, email: string | undefined): boolean =>
  !role.changes.some(
    (change) =>
      change.kind === 'unbind' && change.email === email && failureOf(results.get(change)) !== undefined,
  );

/**
 * A bind that failed for good takes its parameters back, and those that it would have overwritten, unless a binding
 * that we cannot see may need them.
 */
const takeBack = async (
  settings: Settings,
  ports: Ports,
  role: PlannedRole,
  results: Results,
): Promise<void> => {
  const lost = role.changes.flatMap((change) => {
    const result = results.get(change);
    const isLost =
      change.kind === 'bind' && result?.kind === 'failed' && result.error instanceof PermanentError;
    return isLost ? [{ bind: change, isAbsent: result.isAbsent && takesAway(settings.mode) }] : [];
  });
  for (const { bind, isAbsent } of lost) {
    const written = role.changes.filter(
      (change): change is Publish =>
        change.kind === 'publish' &&
        change.email === bind.email &&
        results.get(change)?.kind === 'done' &&
        change.grants.every((grant) => bind.grants.includes(grant)) &&
        (isAbsent || change.isNewRecord),
    );
    const published = recordedParameters(settings, role.folders).filter(({ email, name }) => {
      if (!bind.grants.includes(grantOfParameter(name))) return false;
      return email === bind.email ? isAbsent : takesAway(settings.mode) && isUnbound(role, results, email);
    });
    // The first region's parameter is the record: it goes last.
    const places = new Map(
      [...published, ...written].map(({ region, name }) => [placeKey({ region, name }), { region, name }]),
    );
    const inOrder = [...places.values()].toSorted(
      (a, b) => settings.regions.indexOf(b.region) - settings.regions.indexOf(a.region),
    );
    for (const { region, name } of inOrder) {
      const taken = await attemptWrite(() => ports.parameters.remove(region, name));
      if (taken.kind === 'failed') {
        const error = new RetryableError(
          `${name} in ${region} could not be taken back: ${taken.error.message}`,
          { cause: taken.error },
        );
        results.set(bind, { kind: 'failed', error, isAbsent: false });
      }
    }
  }
};

/**
 * Makes the changes of a batch of roles in waves: each change after those it waits for, the policy changes of a wave
 * grouped by resource. Every change gets a result; one role's failure touches no other role.
 */
export const apply = async (
  settings: Settings,
  ports: Ports,
  roles: readonly PlannedRole[],
  observed: ObservedPolicies,
): Promise<ReadonlyMap<Change, ChangeResult>> => {
  const results: Results = new Map();
  const reads = new Map(observed.reads);
  for (let wave = nextWave(roles, results); wave.length > 0; wave = nextWave(roles, results)) {
    const policyChanges = wave.map(({ change }) => change).filter(isPolicyChange);
    const parameterChanges = wave.flatMap(({ role, change }) =>
      isPolicyChange(change) ? [] : [{ role, change }],
    );
    await Promise.all([
      editPolicies(ports, reads, observed.errors, policyChanges, results),
      pMap(
        parameterChanges,
        async ({ role, change }) => results.set(change, await writeParameter(ports, role, change)),
        {
          concurrency: readConcurrency,
        },
      ),
    ]);
  }
  await pMap(
    roles,
    async (role) => {
      try {
        await takeBack(settings, ports, role, results);
      } catch (thrown) {
        const error = comesBack(ports.logger, role.role.ref, 'having its parameters taken back', thrown);
        for (const change of role.changes)
          if (change.kind === 'bind') results.set(change, { kind: 'failed', error, isAbsent: false });
      }
    },
    { concurrency: readConcurrency },
  );
  return results;
};
