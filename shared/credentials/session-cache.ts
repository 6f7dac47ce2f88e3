import { toFailure } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import { reasonOf } from './failure-reason.ts';
import type { RoleSession } from './metadata-answer.ts';
import { pauseAfterFailure, pauseBeforeRefresh } from './metadata-refresh.ts';

/** What there is to tell; never a credential. */
export type SessionNews =
  | { readonly kind: 'loaded'; readonly roleName: string; readonly expiresAt?: Date }
  | { readonly kind: 'failed'; readonly reason: string; readonly validUntil?: Date };

export interface SessionKeeperOptions {
  /** Asks upstream; is given what is held, for what need not be asked again. */
  readonly load: (held: RoleSession | undefined) => Promise<RoleSession>;
  readonly clock: Clock;
  readonly tell: (news: SessionNews) => void;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

export interface SessionKeeper {
  /** What is valid now; where there is nothing, upstream is asked. @throws where that fails */
  readonly session: () => Promise<RoleSession>;
  /** Refreshes ahead of time, until the clock's pause is aborted. */
  readonly run: () => Promise<void>;
}

/** Clients that find nothing valid do not ask upstream more often than that. */
const leastGapMilliseconds = 1000;

/** Holds a role's session, and renews it before its end: one call upstream at a time, whoever waits for it. */
export const keepSession = ({
  load,
  clock,
  tell,
  random = Math.random,
}: SessionKeeperOptions): SessionKeeper => {
  let held: RoleSession | undefined;
  let loading: Promise<void> | undefined;
  let failures = 0;
  let lastFailure: { readonly at: number; readonly thrown: unknown } | undefined;
  /** What was told last of a failure, so that it is told once. */
  let told = '';

  const valid = (): RoleSession | undefined =>
    held?.expiresAt === undefined || held.expiresAt.getTime() > clock.now().getTime() ? held : undefined;

  const succeeded = (session: RoleSession): void => {
    const isNews = failures > 0 || session.accessKeyId !== held?.accessKeyId;
    held = session;
    failures = 0;
    lastFailure = undefined;
    told = '';
    const { roleName, expiresAt } = session;
    if (isNews) tell({ kind: 'loaded', roleName, ...(expiresAt === undefined ? {} : { expiresAt }) });
  };

  const failed = (thrown: unknown): void => {
    failures += 1;
    lastFailure = { at: clock.now().getTime(), thrown };
    const validUntil = valid()?.expiresAt;
    const reason = reasonOf(thrown);
    const words = `${reason} ${validUntil?.toISOString() ?? ''}`;
    if (words === told) return;
    told = words;
    tell({ kind: 'failed', reason, ...(validUntil === undefined ? {} : { validUntil }) });
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
