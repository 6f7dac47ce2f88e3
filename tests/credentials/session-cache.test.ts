import type { RoleSession } from '../../shared/credentials/metadata-answer.ts';
import { keepSession, type SessionNews } from '../../shared/credentials/session-cache.ts';

const minute = 60_000;

/** A clock that a test turns, and an upstream that a test holds. */
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
  /** Ends the loop of `run` after so many pauses. */
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
  const keeper = keepSession({ load, clock, tell: (one) => void news.push(one), random: () => 1 });
  return {
    keeper,
    upstream,
    news,
    pauses,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    run: async (count: number) => {
      pausesLeft = count;
      await expect(keeper.run()).rejects.toThrow('ended');
    },
  };
};

it('fifty that ask at once are one call upstream, and then there is none while it is valid', async () => {
  const { keeper, upstream, news } = setUp();
  const sessions = await Promise.all(Array.from({ length: 50 }, () => keeper.session()));
  expect(new Set(sessions.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']));
  await keeper.session();
  expect(upstream).toMatchObject({ calls: 1, most: 1 });
  expect(news).toEqual([
    { kind: 'loaded', roleName: 'reports', expiresAt: new Date('2026-11-24T13:00:00Z') },
  ]);
});

it('renews a quarter of an hour before the end, tells of new credentials only, and never asks twice at once', async () => {
  const { keeper, upstream, news, pauses, run } = setUp();
  await Promise.all([run(3), keeper.session()]);
  expect(pauses).toEqual([45, 45, 45, 45].map((minutes) => minutes * minute));
  expect(upstream).toMatchObject({ calls: 4, most: 1 });
  expect(news).toHaveLength(1);
  upstream.key = 'ASIA2';
  await run(0);
  expect(news).toHaveLength(2);
  expect(await keeper.session()).toMatchObject({ accessKeyId: 'ASIA2' });
});

it('upstream away: serves what is valid, then nothing, then recovers; each is told once', async () => {
  const { keeper, upstream, news, pauses, pass, run } = setUp();
  await keeper.session();
  upstream.isAway = true;
  await run(2);
  expect(pauses).toEqual([1000, 2000, 4000]);
  expect(await keeper.session()).toMatchObject({ accessKeyId: 'ASIA1' });
  pass(60 * minute);
  await expect(keeper.session()).rejects.toThrow('away');
  await expect(keeper.session()).rejects.toThrow('away');
  // Those who find nothing do not storm upstream.
  expect(upstream.calls).toBe(5);
  pass(1000);
  upstream.isAway = false;
  expect(await keeper.session()).toMatchObject({ accessKeyId: 'ASIA1' });
  expect(news.map(({ kind }) => kind)).toEqual(['loaded', 'failed', 'failed', 'loaded']);
  expect(news.slice(1, 3)).toEqual([
    { kind: 'failed', reason: 'Error: away', validUntil: new Date('2026-11-24T13:00:00Z') },
    { kind: 'failed', reason: 'Error: away' },
  ]);
});

it('what upstream answers after its end is not served', async () => {
  const { keeper, upstream } = setUp();
  upstream.minutes = -1;
  await expect(keeper.session()).rejects.toThrow('the credentials have ended');
});
