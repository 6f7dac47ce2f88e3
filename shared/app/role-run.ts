import pMap from 'p-map';
import { isGood } from '../core/answer-item.ts';
import type { RoleBindings } from '../core/bindings.ts';
import type { Change } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import type { ForgottenEntry } from '../core/forget.ts';
import type { Desired } from '../core/guardrail.ts';
import type { BindingId, LedgerEntry, Requester } from '../core/ledger.ts';
import type { Message, SweepFindings } from '../core/message.ts';
import { type Cause, type RoleRef, type RoleState, roleText } from '../core/model.ts';
import { parameterKey } from '../core/observed.ts';
import { type CurrentAccess, failedOutcome, type Outcome } from '../core/outcome.ts';
import type { Ownerships } from '../core/ownership.ts';
import type { ReportContext } from '../core/requester.ts';
import { type NamedKeys, namedKeysOf, type TagEvent } from '../core/role-event.ts';
import { roleKey } from '../core/role-key.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import type { Logger, Ports } from '../ports.ts';
import { callsAtATime, type ObservedRole } from './observe.ts';

/** One role on its way through reconcile. Each step fills in its own part, which is empty until then. */
export interface RoleRun {
  readonly request: RoleRequest;
  /** Every resource that this run reads. An old target stays in it when the tag moves on. */
  readonly resources: readonly ResourceName[];
  readonly observed: ObservedRole;
  readonly desired: Desired;
  readonly plan: AccessPlan;
  /** The outcomes of the changes that the rounds so far made. */
  readonly outcomes: readonly Outcome[];
  readonly end: RoundEnd;
}

/** The changes that a round makes for one role. */
export interface AccessPlan {
  /** The changes to report. */
  readonly proposed: readonly Change[];
  /** Those among them that the mode lets us make: none in dry-run. */
  readonly permitted: readonly Change[];
  /** The bindings before any change. */
  readonly bindings: BindingsBefore;
  /** The requester of each grant: the caller, or `unknown` if several may have asked. */
  readonly requesters: ReadonlyMap<string, Requester | 'unknown'>;
  /** Entries of the ledger that a person's answer drops. */
  readonly forgotten: readonly ForgottenEntry[];
  /** Entries of the ledger that look unbound and must stay for now: another function may be about to bind. */
  readonly undecided: readonly LedgerEntry[];
  /** Whether configs may be left for later. */
  readonly mayDefer: boolean;
}

export interface BindingsBefore extends RoleBindings {
  /** Bindings that exist or that the ledger lists, and that no grant asks for. */
  readonly unwanted: readonly BindingId[];
}

/** How the last round ended for the role. */
export interface RoundEnd {
  /** The role changed while we wrote, so another round follows. */
  readonly isOpen: boolean;
  /** Configs were left for later. */
  readonly isDeferred: boolean;
  readonly failures: readonly Failure[];
  /** Refusals and failures. If the first pass reported the same, they are not news. */
  readonly problems: readonly Outcome[];
  /** The access that the role has now; undefined if that is not known. */
  readonly access?: CurrentAccess;
}

/** How often the queue delivered a message. After the last delivery without success, the message goes to the dead-letter queue. */
export type Delivery = 'first' | 'again' | 'last';

/** `first`: an event or the sweep asks. `second`: the recheck two minutes later. */
type Pass = 'first' | 'second';

/** A request to give a role the access that its tags ask for. */
export interface RoleRequest {
  readonly ref: RoleRef;
  readonly cause: Cause;
  /** The sweep's event, if the request merges one. */
  readonly drift?: Cause;
  readonly pass: Pass;
  readonly swept: SweepFindings;
  /** The role events behind the request, each with its caller; none for a drift. Their order means nothing. */
  readonly events: readonly TagEvent[];
  /** There were more events than a message could carry. */
  readonly isCut?: true;
  /** The tag keys (in lower case) that these events name; DeleteRole and CreateRole name every key of the role. */
  readonly namedKeys: NamedKeys;
  /** Which delivery this is. After the first one, outcomes of an earlier one may be lost. */
  readonly delivery: Delivery;
  /** Digest of the outcomes that the first pass reported (second pass only). */
  readonly reported?: string;
  /** How often configs of the role were left for later so far. */
  readonly deferrals: number;
  /** A role event is rechecked after IAM has settled; sweeps and rechecks are not. */
  readonly needsRecheck: boolean;
}

/** Turns a message of the queue into a request. */
export const requestOf = (
  message: Exclude<Message, { kind: 'ignored' }>,
  delivery: Delivery,
): RoleRequest => {
  const { ref, cause } = message;
  const plain = emptyRequest(ref, cause, delivery);
  switch (message.kind) {
    case 'role': {
      const events = [message.event];
      return { ...plain, events, namedKeys: namedKeysOf(events), needsRecheck: true };
    }
    case 'secondLook': {
      const { reported, deferrals, released = [], releasedAt, events, isCut } = message;
      return {
        ...plain,
        pass: 'second',
        reported,
        deferrals,
        events,
        ...(isCut === undefined ? {} : { isCut }),
        namedKeys: namedKeysOf(events),
        swept: { ...nothingSwept, released, ...(releasedAt === undefined ? {} : { releasedAt }) },
      };
    }
    case 'drift': {
      const { resources, strays, absent, answers, released, mayLeave, releasedAt, approved = [] } = message;
      return {
        ...plain,
        drift: cause,
        swept: { resources, strays, absent, answers, released, mayLeave, releasedAt, approved },
      };
    }
  }
};

/** A request that names only the role. */
export const emptyRequest = (ref: RoleRef, cause: Cause, delivery: Delivery): RoleRequest => ({
  ref,
  cause,
  pass: 'first',
  swept: nothingSwept,
  events: [],
  namedKeys: [],
  deferrals: 0,
  delivery,
  needsRecheck: false,
});

export const nothingSwept: SweepFindings = {
  resources: [],
  strays: [],
  absent: [],
  answers: [],
  released: [],
  mayLeave: [],
  approved: [],
};

/** `receives`: how often the queue delivered the message, this time included. */
export const deliveryOf = (receives: number, maxReceives: number): Delivery => {
  if (receives >= maxReceives) return 'last';
  return receives > 1 ? 'again' : 'first';
};

/** Merges the requests of each role into one. The latest event is the cause; what any of them asks for is done. */
export const distinctRoles = (requests: readonly RoleRequest[], now: Date): readonly RoleRequest[] =>
  [...Map.groupBy(requests, ({ ref }) => roleKey(ref)).values()].map((group) =>
    group.map((request) => withoutOldReleases(request, now)).reduce(merge),
  );

/**
 * What a sweep released counts for an hour, as an approval does: a drift that the queue brings much later could add to what
 * a later sweep released, or end access that is held by now. The next sweep releases what is still due.
 */
const withoutOldReleases = (request: RoleRequest, now: Date): RoleRequest => {
  const { releasedAt, ...rest } = request.swept;
  return releasedAt === undefined || isGood({ at: releasedAt }, now)
    ? request
    : { ...request, swept: { ...rest, released: [], mayLeave: [], approved: [] } };
};

const merge = (left: RoleRequest, right: RoleRequest): RoleRequest => {
  const { reported: _, ...leading } = leadingOf(left, right);
  return {
    ...leading,
    ...driftOf([left.drift, right.drift]),
    swept: mergeFindings(left.swept, right.swept),
    events: [...left.events, ...right.events],
    ...(left.isCut === true || right.isCut === true ? { isCut: true as const } : {}),
    namedKeys:
      left.namedKeys === 'all' || right.namedKeys === 'all'
        ? 'all'
        : [...new Set([...left.namedKeys, ...right.namedKeys])],
    // This is the role's last try only if no message of the role has a try left.
    delivery: left.delivery === right.delivery ? left.delivery : 'again',
    deferrals: Math.max(left.deferrals, right.deferrals),
    needsRecheck: left.needsRecheck || right.needsRecheck,
  };
};

const mergeFindings = (left: SweepFindings, right: SweepFindings): SweepFindings => {
  const strays = [...left.strays, ...right.strays].map((stray) => [parameterKey(stray), stray] as const);
  const [earliest] = [left, right].flatMap(({ releasedAt }) => releasedAt ?? []).toSorted();
  return {
    resources: [...new Set([...left.resources, ...right.resources])],
    strays: [...new Map(strays).values()],
    absent: [...new Set([...left.absent, ...right.absent])],
    answers: [...new Set([...left.answers, ...right.answers])],
    released: [...new Set([...left.released, ...right.released])],
    mayLeave: [...new Set([...left.mayLeave, ...right.mayLeave])],
    ...(earliest === undefined ? {} : { releasedAt: earliest }),
    approved: [...(left.approved ?? []), ...(right.approved ?? [])],
  };
};

/** The request whose cause counts: a first pass before a second one, then the later event. The queue keeps no order. */
const leadingOf = (left: RoleRequest, right: RoleRequest): RoleRequest => {
  if (left.pass !== right.pass) return left.pass === 'first' ? left : right;
  const orderOf = ({ cause: { eventTime, eventId } }: RoleRequest): string =>
    JSON.stringify([eventTime ?? '', eventId ?? '']);
  return orderOf(left) > orderOf(right) ? left : right;
};

/** Picks the same drift from the same set, in any order. */
const driftOf = (drifts: readonly (Cause | undefined)[]): Pick<RoleRequest, 'drift'> => {
  const [drift] = drifts
    .flatMap((cause) => cause ?? [])
    .toSorted((a, b) => ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1));
  return drift === undefined ? {} : { drift };
};

/** Until it is read, a role counts as absent. */
export const startRun = ({ google }: Settings, request: RoleRequest): RoleRun => {
  const { ref } = request;
  return {
    request,
    // We never read the policy that lets our own functions act in Google, so we cannot change it.
    resources: request.swept.resources.filter(
      (resource) => resource !== serviceAccountResource(google.serviceAccount),
    ),
    observed: {
      role: { kind: 'absent', ref },
      folders: [],
      folderErrors: new Map(),
      ledger: { role: ref, entries: [] },
    },
    desired: { grants: [], refusals: [] },
    plan: {
      proposed: [],
      permitted: [],
      bindings: { wanted: new Map(), found: new Map(), unattributed: [], unwanted: [] },
      requesters: new Map(),
      forgotten: [],
      undecided: [],
      mayDefer: false,
    },
    outcomes: [],
    end: { isOpen: false, isDeferred: false, failures: [], problems: [] },
  };
};

/** The settings and ports of one batch, and the owners of its pools. */
export interface Batch {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly ownerships: Ownerships;
}

/**
 * Takes one step for each role of a batch. If the step throws for one role, that role stops with its own failure, and the
 * others continue. `step` completes "Unexpected error while …".
 */
export const eachRun = async <Result>(
  batch: Pick<Batch, 'settings' | 'ports'>,
  step: string,
  runs: readonly RoleRun[],
  take: (run: RoleRun) => Result | Promise<Result>,
): Promise<{ readonly done: readonly Result[]; readonly stopped: readonly RoleRun[] }> => {
  const stopped: RoleRun[] = [];
  const done = await eachInAccounts(runs, accountOf, async (run): Promise<readonly Result[]> => {
    try {
      return [await take(run)];
    } catch (thrown) {
      const { logger } = batch.ports;
      stopped.push(stop(batch, run, asFailure(logger, run.request.ref, step, thrown)));
      return [];
    }
  });
  return { done: done.flat(1), stopped };
};

/** Calls at the same time in each of several AWS accounts. */
const accountConcurrency = 4;

/**
 * Works on the items of all AWS accounts at the same time, a few of each, so that no account waits for another one. With one
 * account, `callsAtATime` applies.
 */
export const eachInAccounts = async <Item, Result>(
  items: readonly Item[],
  accountOf: (item: Item) => string,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const accounts = [...Map.groupBy(items, accountOf).values()];
  const concurrency = accounts.length > 1 ? accountConcurrency : callsAtATime;
  const results = await Promise.all(accounts.map((group) => pMap(group, work, { concurrency })));
  return results.flat();
};

const accountOf = ({ request }: RoleRun): string => request.ref.accountId;

const stop = (
  { settings, ports }: Pick<Batch, 'settings' | 'ports'>,
  run: RoleRun,
  error: Failure,
): RoleRun => {
  const { request } = run;
  const context = reportContext(settings, ports, request);
  const unread: RoleState = { kind: 'absent', ref: request.ref };
  // No later round reports those of an earlier one.
  const problems = [...run.end.problems, failedOutcome(context, unread, error)];
  const failures = [...run.end.failures, error];
  return { ...run, end: { isOpen: false, isDeferred: false, failures, problems } };
};

/** A permanent failure as it is. After any other, the message comes back. */
export const asFailure = (logger: Logger, role: RoleRef, step: string, thrown: unknown): Failure =>
  thrown instanceof PermanentError ? thrown : asRetryable(logger, role, step, thrown);

/**
 * An error whose message comes back. Unless a port threw a RetryableError, it is a bug of ours: we log it with its place in
 * the code, and if it lasts, the message ends in the dead-letter queue.
 */
export const asRetryable = (logger: Logger, role: RoleRef, step: string, thrown: unknown): RetryableError => {
  if (thrown instanceof RetryableError) return thrown;
  const { message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
  logger.warn('Unexpected error; please report it.', { role, step, stack: withoutSecrets(stack) });
  return new RetryableError(`Unexpected error while ${step} ${roleText(role)}: ${message}`, {
    cause: thrown,
  });
};

/** `entries`: what the ledger listed when the role was read. */
export const reportContext = (
  settings: Settings,
  ports: Pick<Ports, 'clock'>,
  { cause, drift, events, isCut, swept: { approved = [] } }: RoleRequest,
  entries: readonly LedgerEntry[] = [],
): ReportContext => ({
  settings,
  cause,
  ...(drift === undefined ? {} : { drift }),
  approved,
  events,
  ...(isCut === undefined ? {} : { isCut }),
  entries,
  now: ports.clock.now(),
});
