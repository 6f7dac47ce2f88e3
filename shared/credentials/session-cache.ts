import { toFailure } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import { reasonOf } from './failure-reason.ts';

/** A role's session: what a workload signs its requests with. */
export interface RoleSession {
  readonly roleName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Missing if the source does not report it. */
  readonly expiresAt?: Date;
  readonly loadedAt: Date;
}

/** A message for the log; never a credential. */
export type SessionNews =
  | { readonly kind: 'loaded'; readonly roleName: string; readonly expiresAt?: Date }
  | { readonly kind: 'failed'; readonly reason: string; readonly validUntil?: Date };

export interface SessionCacheOptions {
  /** Asks the source of the credentials; reuses from the cached session what has not changed. */
  readonly load: (held: RoleSession | undefined) => Promise<RoleSession>;
  readonly clock: Clock;
  readonly report: (news: SessionNews) => void;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

export interface SessionCache {
  /** A session that is valid now; asks the source if there is none. @throws if that fails */
  readonly session: () => Promise<RoleSession>;
  /** Refreshes ahead of time, until the clock's pause is aborted. */
  readonly run: () => Promise<void>;
}

/** While no session is valid, clients do not make us ask the source more often than this. */
const leastGapMilliseconds = 1000;

const second = 1000;
const minute = 60 * second;

/** AWS's own agents have new credentials by then (botocore starts to ask at this point, too). */
const leadMilliseconds = 15 * minute;
const longestMilliseconds = 60 * minute;
const shortestMilliseconds = 5 * second;
/** Credentials without an end can still change, for example in a file. */
const endlessMilliseconds = 5 * minute;
const longestAfterFailureMilliseconds = 30 * second;

/** Caches a role's session, and renews it before its end: one call to the source at a time, however many clients wait. */
export const sessionCache = ({
  load,
  clock,
  report,
  random = Math.random,
}: SessionCacheOptions): SessionCache => {
  let held: RoleSession | undefined;
  let loading: Promise<void> | undefined;
  let failures = 0;
  let lastFailure: { readonly at: number; readonly thrown: unknown } | undefined;
  /** The last failure reported, so that it is reported once. */
  let reported = '';

  const valid = (): RoleSession | undefined =>
    held?.expiresAt === undefined || held.expiresAt.getTime() > clock.now().getTime() ? held : undefined;

  const succeeded = (session: RoleSession): void => {
    const isNews = failures > 0 || session.accessKeyId !== held?.accessKeyId;
    held = session;
    failures = 0;
    lastFailure = undefined;
    reported = '';
    const { roleName, expiresAt } = session;
    if (isNews) report({ kind: 'loaded', roleName, ...(expiresAt === undefined ? {} : { expiresAt }) });
  };

  const failed = (thrown: unknown): void => {
    failures += 1;
    lastFailure = { at: clock.now().getTime(), thrown };
    const validUntil = valid()?.expiresAt;
    const reason = reasonOf(thrown);
    const message = `${reason} ${validUntil?.toISOString() ?? ''}`;
    if (message === reported) return;
    reported = message;
    report({ kind: 'failed', reason, ...(validUntil === undefined ? {} : { validUntil }) });
  };

  const refresh = (): Promise<void> =>
    (loading ??= load(held)
      .then(succeeded, failed)
      .finally(() => {
        loading = undefined;
      }));

  return {
    session: async () => {
      const now = valid();
      if (now !== undefined) return now;
      const isTooSoon =
        lastFailure !== undefined && clock.now().getTime() - lastFailure.at < leastGapMilliseconds;
      if (loading !== undefined || !isTooSoon) await refresh();
      const after = valid();
      if (after === undefined)
        throw toFailure(lastFailure?.thrown ?? new Error('the credentials have ended'));
      return after;
    },
    run: async () => {
      for (;;) {
        await refresh();
        await clock.pause(
          failures > 0
            ? pauseAfterFailure(failures, random())
            : pauseBeforeRefresh(held?.expiresAt, clock.now()),
        );
      }
    },
  };
};

/**
 * How long to use credentials before asking for newer ones. Near their end, while the source still returns the same ones,
 * we ask again after half of the remaining time.
 */
export const pauseBeforeRefresh = (expiresAt: Date | undefined, now: Date): number => {
  if (expiresAt === undefined) return endlessMilliseconds;
  const left = expiresAt.getTime() - now.getTime();
  const pause = Math.max(left - leadMilliseconds, left / 2);
  return Math.min(longestMilliseconds, Math.max(shortestMilliseconds, pause));
};

/** 0.5 to 1 s after the first failure, then twice as long each time, up to half a minute. `random` is from 0 to 1. */
export const pauseAfterFailure = (failures: number, random: number): number =>
  Math.min(longestAfterFailureMilliseconds, second * 2 ** (failures - 1)) * (0.5 + random / 2);
