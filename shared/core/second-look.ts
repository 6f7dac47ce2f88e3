import { fitting, jsonBytes, shortened } from './bytes.ts';
import type { Cause, RoleRef, Timestamp } from './model.ts';
import type { ResourceName } from './service-account.ts';
import { maxEvents, type TagEvent } from './tag-event.ts';

/** A recheck of a role, requested now and made two minutes later. */
export interface SecondLook {
  readonly ref: RoleRef;
  readonly cause: Cause;
  /** Digest of the refusals and failures of the first pass: only changes are reported again. */
  readonly reported: string;
  /** Resources on which access may be revoked, if a drift asked for the first pass. */
  readonly released?: readonly ResourceName[];
  /** When the sweep released them. */
  readonly releasedAt?: Timestamp;
  /** How often configs of the role have been left for later so far. */
  readonly deferrals: number;
  /** The role events behind the first pass. They show who asked. */
  readonly events: readonly TagEvent[];
  /** An earlier message could not carry all of them. */
  readonly isCut?: true;
}

/**
 * SQS takes 1 MiB a message. A call of IAM names at most 50 tags, which is 60,000 bytes, so one event always fits.
 * What is not released stays until the next sweep.
 */
const maxBytes = { released: 80_000, events: 70_000 };

export const secondLookKind = 'rolebridge.second-look';

/** The body of the queue's message, within its limit. `cut` names the lists that were shortened. */
export const secondLookBody = ({ released, events, isCut, cause, reported, ...look }: SecondLook): string => {
  const kept = latestFitting(events);
  const fit = released === undefined ? undefined : fitting(released, maxBytes.released);
  const isEventsCut = isCut === true || kept.length < events.length;
  const cut = [
    ...(isEventsCut ? ['events'] : []),
    ...shortened({ released: released ?? [] }, { released: fit ?? [] }),
  ];
  return JSON.stringify({
    kind: secondLookKind,
    ...look,
    told: reported,
    // A dropped event may have been the cause, so no one is named.
    cause: isEventsCut ? lookOf(cause) : cause,
    events: kept,
    ...(fit === undefined ? {} : { released: fit }),
    ...(cut.length === 0 ? {} : { cut }),
  });
};

/**
 * The latest events. Those of one second are kept together or not at all, so every dropped event is older than every kept one,
 * and no kept event wrongly counts as the latest.
 */
const latestFitting = (events: readonly TagEvent[]): readonly TagEvent[] => {
  const groups = [...Map.groupBy(events, ({ eventTime = '' }) => eventTime)]
    .map(([time, group]) => ({ time: Date.parse(time) || 0, group }))
    .toSorted((a, b) => b.time - a.time);
  const kept: TagEvent[] = [];
  for (const { group } of groups) {
    const all = [...kept, ...group];
    if (all.length > maxEvents || jsonBytes(all) > maxBytes.events) break;
    kept.push(...group);
  }
  return kept;
};

const lookOf = ({ eventId, lookId = eventId }: Cause): Cause => (lookId === undefined ? {} : { lookId });
