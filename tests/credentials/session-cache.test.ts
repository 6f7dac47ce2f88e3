import fc from 'fast-check';
import {
  pauseAfterFailure,
  pauseBeforeRefresh,
  type RoleSession,
  type SessionNews,
  sessionCache,
} from '../../shared/credentials/session-cache.ts';
import { now } from '../support/settings.ts';

const minute = 60_000;

/** A clock that a test advances, and an upstream that a test can block. */
const setUp = () => {
  let time = Date.parse('2026-11-24T12:00:00Z');
  const pauses: number[] = [];
  const news: SessionNews[] = [];
  const upstream = { calls: 0, running: 0, most: 0, key: 'ASIA1', minutes: 60, isAway: false };
  const load = async (): Promise<RoleSession> => {
    upstream.calls += 1;
    upstream.running += 1;
    upstream.most = Math.max(upstream.most, upstream.running);
    await new Promise((resolve) => setImmediate(resolve));
    upstream.running -= 1;
    if (upstream.isAway) throw new Error('away');
    const expiresAt = new Date(time + upstream.minutes * minute);
    const session = {
      roleName: 'reports',
      accessKeyId: upstream.key,
      secretAccessKey: 's',
      sessionToken: 't',
    };
    return { ...session, expiresAt, loadedAt: new Date(time) };
  };
  /** Ends the loop of `run` after the given number of pauses. */
  let pausesLeft = 0;
  const clock = {
    now: () => new Date(time),
    pause: (milliseconds: number) => {
      pauses.push(milliseconds);
      time += milliseconds;
      pausesLeft -= 1;
      return pausesLeft < 0 ? Promise.reject(new Error('ended')) : Promise.resolve();
    },
  };
  const cache = sessionCache({ load, clock, report: (one) => void news.push(one), random: () => 1 });
  return {
    cache,
    upstream,
    news,
    pauses,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    run: async (count: number) => {
      pausesLeft = count;
      await expect(cache.run()).rejects.toThrow('ended');
    },
  };
};

it('fifty concurrent clients cause one call upstream, and none while the session is valid', async () => {
  const { cache, upstream, news } = setUp();
  const sessions = await Promise.all(Array.from({ length: 50 }, () => cache.session()));
  expect(new Set(sessions.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']));
  await cache.session();
  expect(upstream).toMatchObject({ calls: 1, most: 1 });
  expect(news).toEqual([
    { kind: 'loaded', roleName: 'reports', expiresAt: new Date('2026-11-24T13:00:00Z') },
  ]);
});

it('renews a quarter of an hour before the expiry, reports only new credentials, and never makes two calls in parallel', async () => {
  const { cache, upstream, news, pauses, run } = setUp();
  await Promise.all([run(3), cache.session()]);
  expect(pauses).toEqual([45, 45, 45, 45].map((minutes) => minutes * minute));
  expect(upstream).toMatchObject({ calls: 4, most: 1 });
  expect(news).toHaveLength(1);
  upstream.key = 'ASIA2';
  await run(0);
  expect(news).toHaveLength(2);
  expect(await cache.session()).toMatchObject({ accessKeyId: 'ASIA2' });
});

it('if upstream is down, serves valid credentials, then nothing, then recovers; reports each once', async () => {
  const { cache, upstream, news, pauses, pass, run } = setUp();
  await cache.session();
  upstream.isAway = true;
  await run(2);
  expect(pauses).toEqual([1000, 2000, 4000]);
  expect(await cache.session()).toMatchObject({ accessKeyId: 'ASIA1' });
  pass(60 * minute);
  await expect(cache.session()).rejects.toThrow('away');
  await expect(cache.session()).rejects.toThrow('away');
  // Clients that find nothing do not flood upstream.
  expect(upstream.calls).toBe(5);
  pass(1000);
  upstream.isAway = false;
  expect(await cache.session()).toMatchObject({ accessKeyId: 'ASIA1' });
  expect(news.map(({ kind }) => kind)).toEqual(['loaded', 'failed', 'failed', 'loaded']);
  expect(news.slice(1, 3)).toEqual([
    { kind: 'failed', reason: 'Error: away', validUntil: new Date('2026-11-24T13:00:00Z') },
    { kind: 'failed', reason: 'Error: away' },
  ]);
});

it('does not serve credentials that had already expired when upstream answered', async () => {
  const { cache, upstream } = setUp();
  upstream.minutes = -1;
  await expect(cache.session()).rejects.toThrow('the credentials have ended');
});

describe('the pause before the next call', () => {
  const minutes = (count: number | undefined): number =>
    pauseBeforeRefresh(count === undefined ? undefined : new Date(now.getTime() + count * 60_000), now) /
    60_000;
  it.each([
    [undefined, 5],
    [360, 60],
    [60, 45],
    [30, 15],
    [15, 7.5],
    [4, 2],
    [0, 1 / 12],
    [-60, 1 / 12],
  ])('with %s minutes left: in %s minutes', (left, pause) => {
    expect(minutes(left)).toBeCloseTo(pause);
  });

  it('always ends before the expiry, as long as there are ten seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 10 / 60, max: 1e5, noNaN: true }), (left) => minutes(left) < left),
    );
  });

  it('after failures: grows, with jitter, to half a minute at most', () => {
    expect([1, 2, 3, 5, 6, 60].map((failures) => pauseAfterFailure(failures, 1))).toEqual([
      1000, 2000, 4000, 16_000, 30_000, 30_000,
    ]);
    expect(pauseAfterFailure(1, 0)).toBe(500);
  });
});
