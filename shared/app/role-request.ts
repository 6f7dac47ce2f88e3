import type { Approved } from '../core/drift.ts';
import type { Cause, RoleRef } from '../core/model.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import { roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { NamedKeys, TagEvent } from '../core/tag-event.ts';

/** How often the queue gave a message out. After the last time without success it goes to the dead-letter queue. */
export type Delivery = 'first' | 'again' | 'last';

/** Whether the event itself asks, or the look that follows two minutes later. */
type Look = 'first' | 'second';

/** A role to bring to what its tags say. */
export interface RoleRequest {
  readonly ref: RoleRef;
  readonly cause: Cause;
  /** The sweep's event, where one is among what asked. */
  readonly drift?: Cause;
  readonly look: Look;
  /** Resources to look at besides those that tags and the ledger name (drift events carry them). */
  readonly resources: readonly ResourceName[];
  /** Parameters to look at outside the role's own folders: what earlier configurations left (drift events carry them). */
  readonly strays: readonly ParameterPlace[];
  /** Service accounts that the sweep found absent (drift events carry them). */
  readonly reportedAbsent: readonly ResourceName[];
  /** Sort keys of people's answers that may drop entries of the ledger (drift events carry them). */
  readonly answers?: readonly string[];
  /** Resources on which the sweep released revocations (drift events carry them). */
  readonly released: readonly ResourceName[];
  /** Who approved what of that. */
  readonly approved?: readonly Approved[];
  /** The role events behind it, each with its caller; none of a drift. Their order means nothing. */
  readonly events: readonly TagEvent[];
  /** There were more, and a message could not carry them. */
  readonly isCut?: true;
  /** Which tag keys (in lower case) these events name; DeleteRole and CreateRole name all of the role. */
  readonly namedKeys: NamedKeys;
  /** Where it is not the first: what was done then may not have been told. */
  readonly delivery: Delivery;
  /** Digest of what the first look told (second looks only). */
  readonly told?: string;
  /** How often configs of the role were left for later so far. */
  readonly deferrals: number;
  /** Role events are looked at again after IAM has settled; sweeps and second looks are not. */
  readonly wantsSecondLook: boolean;
}

/** Which of two requests says why: a first look before a second one, and then the later event. The queue has no order. */
const leadingOf = (one: RoleRequest, next: RoleRequest): RoleRequest => {
  if (one.look !== next.look) return one.look === 'first' ? one : next;
  const orderOf = ({ cause: { eventTime, eventId } }: RoleRequest): string =>
    JSON.stringify([eventTime ?? '', eventId ?? '']);
  return orderOf(one) > orderOf(next) ? one : next;
};

/** Of several drifts, always the same one. */
const driftOf = (drifts: readonly (Cause | undefined)[]): Pick<RoleRequest, 'drift'> => {
  const [drift] = drifts
    .flatMap((one) => one ?? [])
    .toSorted((a, b) => ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1));
  return drift === undefined ? {} : { drift };
};

/** One request per role. The latest event says why; whatever any of them asks for is done. */
export const distinctRoles = (requests: readonly RoleRequest[]): readonly RoleRequest[] =>
  [...Map.groupBy(requests, ({ ref }) => roleKey(ref)).values()].map((group) =>
    group.reduce((one, next) => {
      const { told: _, ...rest } = leadingOf(one, next);
      return {
        ...rest,
        ...driftOf([one.drift, next.drift]),
        resources: [...new Set([...one.resources, ...next.resources])],
        strays: [
          ...new Map([...one.strays, ...next.strays].map((place) => [placeKey(place), place])).values(),
        ],
        reportedAbsent: [...new Set([...one.reportedAbsent, ...next.reportedAbsent])],
        answers: [...new Set([...(one.answers ?? []), ...(next.answers ?? [])])],
        released: [...new Set([...one.released, ...next.released])],
        approved: [...(one.approved ?? []), ...(next.approved ?? [])],
        events: [...one.events, ...next.events],
        ...(one.isCut === true || next.isCut === true ? { isCut: true as const } : {}),
        namedKeys:
          one.namedKeys === 'all' || next.namedKeys === 'all'
            ? 'all'
            : [...new Set([...one.namedKeys, ...next.namedKeys])],
        // The last for the role only if none of its messages has a try left.
        delivery: one.delivery === next.delivery ? one.delivery : 'again',
        deferrals: Math.max(one.deferrals, next.deferrals),
        wantsSecondLook: one.wantsSecondLook || next.wantsSecondLook,
      };
    }),
  );
