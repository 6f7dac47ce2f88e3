import { done, type PolicyChange, type PolicyChangeResult } from '../core/change.ts';
import { type Failure, isRefusal, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import { type AllowPolicy, editPolicy, maxPrincipals, principalCount } from '../core/iam-policy.ts';
import { isServiceAccountResource, type ResourceName } from '../core/service-account.ts';
import { resourceText } from '../core/target.ts';
import type { PolicyRead, PolicyStore, PolicyWrite, Ports } from '../ports.ts';
import { fullJitter, retry } from '../waiting.ts';

/**
 * Announces binds in the ledger after their policy was read again, and returns those that may not be made now, with the
 * reason. A policy that was read before the plan's announcement needs no second one (adr/0019).
 */
export type Announce = (binds: readonly PolicyChange[]) => Promise<ReadonlyMap<PolicyChange, Failure>>;

type Results = ReadonlyMap<PolicyChange, PolicyChangeResult>;

/**
 * Makes many roles' changes to one allow policy, in one read-modify-write if Google lets it.
 * Every change gets its own result; nothing is thrown.
 */
export const editResource = async (
  { policies, clock }: Pick<Ports, 'policies' | 'clock'>,
  resource: ResourceName,
  changes: readonly PolicyChange[],
  announce: Announce,
  first?: PolicyRead,
): Promise<Results> => {
  const ports = { policies: ofOneOwner(policies, first), clock, announce };
  try {
    const tried = await attempt(ports, resource, changes, first);
    return tried.kind === 'settled' ? tried.results : await afterRejection(ports, resource, changes, tried);
  } catch (thrown) {
    return all(changes, { kind: 'failed', error: toFailure(thrown), isNotMade: false });
  }
};

/** Strangers may take a bucket's name between two reads: then nothing more is written. */
const ofOneOwner = ({ read, write }: PolicyStore, first: PolicyRead | undefined): PolicyStore => {
  let known = first;
  return {
    write,
    read: async (resource) => {
      const now = await read(resource);
      known ??= now;
      if (known.owner === now.owner) return now;
      throw new PermanentError(`${resourceText(resource)} was taken by another project while it was edited.`);
    },
  };
};

type EditPorts = Pick<Ports, 'policies' | 'clock'> & { readonly announce: Announce };

type Attempt =
  | { readonly kind: 'settled'; readonly results: Results }
  | Extract<PolicyWrite, { readonly kind: 'rejected' }>;

/** About half a minute of delays. After that, the message returns to the queue. */
const conflictAttempts = 14;

const pauseMilliseconds = fullJitter({ firstMilliseconds: 50, longestMilliseconds: 5_000 });

/** Someone wrote the policy since it was read: the whole read-modify-write starts again. */
class Conflict extends RetryableError {}

const attempt = (
  ports: EditPorts,
  resource: ResourceName,
  changes: readonly PolicyChange[],
  first?: PolicyRead,
): Promise<Attempt> => {
  let readBeforeAnnouncing = first;
  return retry(
    {
      clock: ports.clock,
      attempts: conflictAttempts,
      pauseMilliseconds,
      isRetryable: (thrown) => thrown instanceof Conflict,
    },
    async () => {
      const known = readBeforeAnnouncing;
      readBeforeAnnouncing = undefined;
      const read = known ?? (await ports.policies.read(resource));
      const failures =
        known === undefined ? await announceMissing(ports, changes, read) : new Map<PolicyChange, Failure>();
      const out = withDependents(changes, [...failures.keys()]);
      const rest = changes.filter((change) => !out.has(change));
      const attempted = await attemptOnce(ports, resource, rest, read);
      switch (attempted.kind) {
        case 'settled':
          return { ...attempted, results: merge(attempted.results, withheld(failures, out)) };
        case 'rejected':
          if (failures.size === 0) return attempted;
          throw new RetryableError(
            `Some roles could not be announced before ${resourceText(resource)} was edited.`,
          );
        case 'conflict':
          throw new Conflict(
            `The allow policy of ${resourceText(resource)} was changed by others ${conflictAttempts} times while it was edited.`,
          );
      }
    },
  );
};

/** Announces the binds that the policy lacks. Returns why some could not be. */
const announceMissing = async (
  { announce }: EditPorts,
  changes: readonly PolicyChange[],
  read: PolicyRead,
): Promise<ReadonlyMap<PolicyChange, Failure>> => {
  const binds = changes.filter(
    (change) => isBind(change) && editPolicy(read.policy, [change.edit]) !== read.policy,
  );
  return binds.length === 0 ? new Map() : announce(binds);
};

const isBind = ({ kind }: PolicyChange): boolean => kind === 'bind';

/** Binds, and the unbinds that wait for them. */
const withDependents = (
  changes: readonly PolicyChange[],
  binds: readonly PolicyChange[],
): ReadonlySet<PolicyChange> => {
  const ids = new Set<string | undefined>(binds.map(({ id }) => id));
  return new Set(changes.filter((change) => ids.has(bindIdOf(change))));
};

/** The bind that a change is or waits for. */
const bindIdOf = (change: PolicyChange): string | undefined =>
  change.kind === 'bind' ? change.id : change.after;

/** One read-modify-write; a conflict restarts the whole of it. */
const attemptOnce = async (
  { policies }: EditPorts,
  resource: ResourceName,
  changes: readonly PolicyChange[],
  read: PolicyRead,
): Promise<Attempt | { readonly kind: 'conflict' }> => {
  const { fit, tooMany } = fitting(read.policy, changes);
  const refused: Results = new Map(tooMany.map((change) => [change, tooManyPrincipals(resource)]));
  const edited = editPolicy(
    read.policy,
    fit.map(({ edit }) => edit),
  );
  if (edited === read.policy) return { kind: 'settled', results: merge(all(fit, done), refused) };
  const write = await policies.write(resource, edited).catch(asRefusal);
  switch (write.kind) {
    case 'refused':
      return {
        kind: 'settled',
        results: new Map(
          changes.map((change) => {
            // If someone else has made the binding by now, it exists although our write was refused.
            const isNotMade = editPolicy(read.policy, [change.edit]) !== read.policy;
            return [change, { kind: 'failed', error: write.error, isNotMade }];
          }),
        ),
      };
    case 'written': {
      const { policy } = write;
      return {
        kind: 'settled',
        results: merge(new Map(fit.map((change) => [change, asAnswered(resource, policy, change)])), refused),
      };
    }
    case 'conflict':
    case 'rejected':
      return write;
  }
};

/**
 * The changes that fit below Google's limit of principals. An unbind frees room only if it is made, so leaving out the unbinds
 * that wait for a bind may leave less room: we check again until nothing more is left out.
 */
const fitting = (
  policy: AllowPolicy,
  changes: readonly PolicyChange[],
): { readonly fit: readonly PolicyChange[]; readonly tooMany: readonly PolicyChange[] } => {
  const tooMany: PolicyChange[] = [];
  let fit = changes;
  for (;;) {
    const out = withDependents(fit, bindsBeyondLimit(policy, fit));
    if (out.size === 0) return { fit, tooMany };
    tooMany.push(...out);
    fit = fit.filter((change) => !out.has(change));
  }
};

const bindsBeyondLimit = (policy: AllowPolicy, changes: readonly PolicyChange[]): readonly PolicyChange[] => {
  const unbinds = changes.filter(isUnbind);
  const freed = editPolicy(
    policy,
    unbinds.map(({ edit }) => edit),
  );
  const room = Math.max(0, maxPrincipals - principalCount(freed));
  const binds = changes.filter((change) => isBind(change) && editPolicy(freed, [change.edit]) !== freed);
  return binds.slice(room);
};

const tooManyPrincipals = (resource: ResourceName): PolicyChangeResult =>
  failed(
    `The allow policy of ${resourceText(resource)} holds Google's limit of ${maxPrincipals} principals. ` +
      (isServiceAccountResource(resource)
        ? 'Use a second service account for some of its roles.'
        : 'Give a service account access there, and let some of its roles act as that account.'),
  );

const isUnbind = ({ kind }: PolicyChange): boolean => kind === 'unbind';

const all = (changes: readonly PolicyChange[], result: PolicyChangeResult): Results =>
  new Map(changes.map((change) => [change, result]));

const failed = (message: string): Extract<PolicyChangeResult, { readonly kind: 'failed' }> => ({
  kind: 'failed',
  error: new PermanentError(message),
  isNotMade: true,
});

const merge = (...maps: readonly Results[]): Results => new Map(maps.flatMap((map) => [...map]));

/** If Google itself refuses a write, it was not made. After any other failure it may have been. */
const asRefusal = (thrown: unknown): { readonly kind: 'refused'; readonly error: Failure } => {
  const error = toFailure(thrown);
  if (isRefusal(error)) return { kind: 'refused', error };
  throw error;
};

/** Google answers a write with the new policy. If that lacks the change, the answer is stale or did not come from Google. */
const asAnswered = (
  resource: ResourceName,
  policy: AllowPolicy,
  { edit }: PolicyChange,
): PolicyChangeResult =>
  editPolicy(policy, [edit]) === policy
    ? done
    : {
        kind: 'failed',
        error: new RetryableError(
          `The answer to the write of ${resourceText(resource)}'s allow policy does not show the change. Check for a proxy between rolebridge and Google.`,
        ),
        isNotMade: false,
      };

const withheld = (
  failures: ReadonlyMap<PolicyChange, Failure>,
  changes: ReadonlySet<PolicyChange>,
): Results => {
  const errors = new Map<string | undefined, Failure>([...failures].map(([{ id }, error]) => [id, error]));
  return new Map(
    [...changes].flatMap((change) => {
      const error = errors.get(bindIdOf(change));
      return error === undefined ? [] : [[change, { kind: 'failed', error, isNotMade: false }]];
    }),
  );
};

/** Makes the unbinds first, on their own, so that a bad bind never blocks a revocation. */
const afterRejection = async (
  ports: EditPorts,
  resource: ResourceName,
  changes: readonly PolicyChange[],
  { reason, isUncertain }: Extract<Attempt, { readonly kind: 'rejected' }>,
): Promise<Results> => {
  const binds = changes.filter(isBind);
  const dependent = withDependents(changes, binds);
  const unbinds = changes.filter((change) => !dependent.has(change));
  if (dependent.size === 1 && unbinds.length === 0 && binds.length === 1 && isUncertain !== true)
    return all(binds, rejected(resource, reason));
  const alone: Attempt =
    unbinds.length === 0 ? { kind: 'settled', results: new Map() } : await attempt(ports, resource, unbinds);
  const unbound =
    alone.kind === 'settled'
      ? alone.results
      : all(unbinds, {
          kind: 'failed',
          error: rejectionOf(resource, alone.reason),
          isNotMade: false,
        });
  return merge(unbound, await bindByHalves(ports, resource, binds, changes, isUncertain === true));
};

const rejected = (resource: ResourceName, reason: string): PolicyChangeResult => ({
  kind: 'failed',
  error: rejectionOf(resource, reason),
  isNotMade: true,
});

const rejectionOf = (resource: ResourceName, reason: string): PermanentError => {
  const what = `Google rejected the allow policy of ${resourceText(resource)}`;
  return new PermanentError(`${what}: ${reason}`, { lasting: `${what}.` });
};

/** Binds by halves, each with the unbinds that wait for it: a bind that Google rejects permanently must not block the others. */
const bindByHalves = async (
  ports: EditPorts,
  resource: ResourceName,
  allBinds: readonly PolicyChange[],
  changes: readonly PolicyChange[],
  wasUncertain: boolean,
): Promise<Results> => {
  const results = new Map<PolicyChange, PolicyChangeResult>();
  let isUncertain = wasUncertain;
  const worklist = [allBinds];
  for (let binds = worklist.shift(); binds !== undefined; binds = worklist.shift()) {
    if (binds.length === 0) continue;
    const group = [...withDependents(changes, binds)];
    const tried = await attempt(ports, resource, group);
    isUncertain ||= tried.kind === 'rejected' && tried.isUncertain === true;
    if (tried.kind === 'settled') for (const [change, result] of tried.results) results.set(change, result);
    else if (binds.length === 1) {
      const refused = rejected(resource, tried.reason);
      for (const change of group) results.set(change, refused);
    } else {
      const middle = Math.ceil(binds.length / 2);
      worklist.unshift(binds.slice(0, middle), binds.slice(middle));
    }
  }
  return isUncertain ? new Map([...results].map(([change, result]) => [change, uncertain(result)])) : results;
};

/** A write whose answer was lost may be made late. What Google says of a later one says nothing about it. */
const uncertain = (result: PolicyChangeResult): PolicyChangeResult =>
  result.kind === 'failed' ? { ...result, isNotMade: false } : result;
