import { isGood } from '../core/answer-item.ts';
import type { Approved } from '../core/drift.ts';
import type { Message } from '../core/message.ts';
import type { Cause, RoleRef, Timestamp } from '../core/model.ts';
import { type ParameterId, parameterKey } from '../core/observed.ts';
import { roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import { type NamedKeys, namedKeysOf, type TagEvent } from '../core/tag-event.ts';
import type { AccessName } from '../core/target.ts';

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
  /** Resources to read besides those that the tags and the ledger name (drift events carry them). */
  readonly resources: readonly ResourceName[];
  /** Parameters outside the role's own folders that an earlier configuration left behind (drift events carry them). */
  readonly orphans: readonly ParameterId[];
  /** Service accounts that the sweep found absent (drift events carry them). */
  readonly reportedAbsent: readonly ResourceName[];
  /** Sort keys of people's answers that may drop entries of the ledger (drift events carry them). */
  readonly answers?: readonly string[];
  /** Access that the sweep released for revocation (drift events carry it). */
  readonly released: readonly AccessName[];
  /** When the sweep released them, or found what follows. */
  readonly releasedAt?: Timestamp;
  /** Access whose entries may leave the ledger, according to the sweep (drift events carry it). */
  readonly mayLeave: readonly AccessName[];
  /** The approvals among these, each with the person who approved. */
  readonly approved?: readonly Approved[];
  /** The role events behind the request, each with its caller; none for a drift. Their order means nothing. */
  readonly events: readonly TagEvent[];
  /** There were more events than a message could carry. */
  readonly isCut?: true;
  /** The tag keys (in lower case) that these events name; DeleteRole and CreateRole name every key of the role. */
  readonly namedKeys: NamedKeys;
  /** Whether this is not the first delivery: outcomes of an earlier one may be lost. */
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
  const plain = {
    ref,
    cause,
    pass: 'first',
    resources: [],
    orphans: [],
    reportedAbsent: [],
    released: [],
    mayLeave: [],
    events: [],
    namedKeys: [],
    deferrals: 0,
    delivery,
    needsRecheck: false,
  } as const;
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
        released,
        ...(releasedAt === undefined ? {} : { releasedAt }),
      };
    }
    case 'drift': {
      const { resources, strays, released, releasedAt, mayLeave, absent, approved, answers } = message;
      return {
        ...plain,
        drift: cause,
        resources,
        orphans: strays,
        reportedAbsent: absent,
        ...(answers.length === 0 ? {} : { answers }),
        released,
        releasedAt,
        mayLeave,
        ...(approved === undefined ? {} : { approved }),
      };
    }
  }
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
  const { releasedAt, approved: _, ...rest } = request;
  return releasedAt === undefined || isGood({ at: releasedAt }, now)
    ? request
    : { ...rest, released: [], mayLeave: [] };
};

const merge = (left: RoleRequest, right: RoleRequest): RoleRequest => {
  const { reported: _, ...leading } = leadingOf(left, right);
  const orphans = [...left.orphans, ...right.orphans].map(
    (orphan) => [parameterKey(orphan), orphan] as const,
  );
  return {
    ...leading,
    ...driftOf([left.drift, right.drift]),
    resources: [...new Set([...left.resources, ...right.resources])],
    orphans: [...new Map(orphans).values()],
    reportedAbsent: [...new Set([...left.reportedAbsent, ...right.reportedAbsent])],
    answers: [...new Set([...(left.answers ?? []), ...(right.answers ?? [])])],
    released: [...new Set([...left.released, ...right.released])],
    ...earliestRelease(left, right),
    mayLeave: [...new Set([...left.mayLeave, ...right.mayLeave])],
    approved: [...(left.approved ?? []), ...(right.approved ?? [])],
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

const earliestRelease = (left: RoleRequest, right: RoleRequest): Pick<RoleRequest, 'releasedAt'> => {
  const [first] = [left, right].flatMap(({ releasedAt }) => releasedAt ?? []).toSorted();
  return first === undefined ? {} : { releasedAt: first };
};
