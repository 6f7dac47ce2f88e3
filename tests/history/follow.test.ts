import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { type Followed, followHistory } from '../../shared/history/follow.ts';
import { addLine, createHistoryWorld, type HistoryWorld, names } from '../support/history-ports.ts';
import { now, reader, reports } from '../support/settings.ts';

const since = new Date(now.getTime() - 60 * 60 * 1000);
const minutesAgo = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();

let world: HistoryWorld;
beforeEach(() => {
  world = createHistoryWorld();
});

const log = (id: string, at: string): void => {
  const target = { kind: 'serviceAccount', email: reader };
  const outcome = { version: 1, id, at, role: reports, grant: 'default', target, cause: {}, parameters: [] };
  addLine(world, at, { message: 'Google Access Granted', outcome });
};

/** Follows until Ctrl-C, which comes at the pause after the last of these steps. */
const follow = async (...steps: readonly (() => void)[]): Promise<readonly string[]> => {
  const left = [...steps];
  const ended = new Error('Ctrl-C');
  world.onPause = () => {
    const step = left.shift();
    if (step === undefined) throw ended;
    step();
  };
  const found: Followed[] = [];
  try {
    const query = { names, roles: [], since };
    for await (const one of followHistory(world.ports, query, { entries: [], readAt: now })) found.push(one);
  } catch (thrown) {
    if (thrown !== ended) throw thrown;
  }
  return found.map((one) => {
    if (one.kind === 'problem') return one.message;
    return one.entry.kind === 'outcome' ? one.entry.id : one.entry.answer;
  });
};

it('shows each new entry once', async () => {
  const seen = await follow(
    () => log('a', minutesAgo(0)),
    () => undefined,
    () => log('b', minutesAgo(0)),
  );
  expect(seen).toEqual(['a', 'b']);
});

it('shows a line that CloudWatch finds minutes late', async () => {
  expect(
    await follow(
      () => log('a', minutesAgo(0)),
      () => log('late', minutesAgo(9)),
    ),
  ).toEqual(['a', 'late']);
});

it('shows an outcome once, even if its message was delivered twice', async () => {
  expect(
    await follow(
      () => log('a', minutesAgo(0)),
      () => log('a', minutesAgo(0)),
    ),
  ).toEqual(['a']);
});

it('shows nothing from before the start time that was requested', async () => {
  log('old', new Date(since.getTime() - 1).toISOString());
  expect(await follow(() => undefined)).toEqual([]);
});

it('loses nothing in an outage, and reports it', async () => {
  const twentyMinutes = 20 * 60 * 1000;
  const seen = await follow(
    () => {
      log('during', minutesAgo(0));
      world.onSearch = () => {
        throw new RetryableError('throttled');
      };
    },
    () => {
      world.time = new Date(world.time.getTime() + twentyMinutes);
      world.onSearch = () => ({});
    },
  );
  expect(seen).toEqual([
    'Not seen: the log of reconcile for now (throttled)',
    'Not seen: the log of sweep for now (throttled)',
    'during',
  ]);
});

it('reports a line that it cannot read, and a search that reached a limit', async () => {
  const seen = await follow(() => {
    addLine(world, minutesAgo(0), { message: 'Google Access Granted', outcome: {} });
    world.onSearch = (name) => (name === 'sweep' ? { cut: { after: minutesAgo(0), reason: 'long' } } : {});
  });
  expect(seen).toEqual([
    `Not seen: the log of reconcile at ${minutesAgo(0)} (This version cannot read the line.)`,
    `Not seen: the log of sweep after ${minutesAgo(0)} (long)`,
  ]);
});

it('ends if a log cannot be searched', async () => {
  world.onSearch = () => {
    throw new PermanentError('not permitted');
  };
  await expect(follow(() => undefined)).rejects.toThrow('not permitted');
});
