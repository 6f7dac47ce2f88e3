import { reconcile } from '../../shared/app/reconcile.ts';
import {
  everythingOfOurs,
  isProven,
  restorableIn,
  revokeByFunctions,
  stillListed,
} from '../../shared/app/revoke-all.ts';
import { sweep } from '../../shared/app/sweep.ts';
import type { Answer } from '../../shared/core/answer.ts';
import type { DeployedStack } from '../../shared/ports.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, unavailable } from '../support/memory.ts';
import { failing, request } from '../support/reconciling.ts';
import { reader, settings, writer } from '../support/settings.ts';
import {
  alice,
  bindings,
  foreign,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  world,
} from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setLost } from '../support/table.ts';

const few = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };

/** The functions as they are deployed: the sweep, and reconcile behind the drift rule and the queue. */
const stackOf = (made: MemoryWorld): DeployedStack & { readonly sweeps: (Answer | undefined)[] } => {
  const sweeps: (Answer | undefined)[] = [];
  return {
    sweeps,
    isDeployed: () => Promise.resolve(true),
    stopRules: () => Promise.resolve([]),
    startRules: () => Promise.resolve(),
    purgeQueue: () => Promise.resolve(),
    sweep: async (answer) => {
      sweeps.push(answer);
      return sweep(
        few,
        memorySweepPorts(made),
        answer === undefined ? undefined : { answer, answeredBy: alice },
      );
    },
    queuedMessages: async () => {
      if (made.drifts.length === 0) return 0;
      await repair(made, few);
      return 1;
    },
  };
};
const look = (made: MemoryWorld) => () => everythingOfOurs(few, memorySweepPorts(made));
const revoke = (made: MemoryWorld, stack = stackOf(made)) =>
  revokeByFunctions(stack, memoryPorts(made).clock, look(made));
const granted = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, reader);
  tag(made, writer, 'app-b');
  await settleAll(made);
  return made;
};

describe('revoke --all, by the functions', () => {
  it('removes everything whatever the limit, and proves it with ledger, policies and parameters', async () => {
    const made = await granted();
    const found = await revoke(made);
    expect(isProven(found)).toBe(true);
    expect(bindings(made)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
    expect(stillListed(found)).toEqual([]);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.answeredBy])).toEqual([
      ['Revoked', alice],
      ['Revoked', alice],
    ]);
  });

  it('until somebody resumes, no event and no sweep grants anything, and each request gets the reason', async () => {
    const made = await granted();
    await revoke(made);
    made.outcomes.length = 0;
    tag(made, reader, 'app-late');
    await reconcile(settings, memoryPorts(made), [request('app-late')]);
    expect(await run(made)).toMatchObject({ drifts: [], revokeAll: { answeredBy: alice } });
    expect(bindings(made)).toEqual([foreign]);
    expect(made.outcomes).toMatchObject([
      {
        type: 'Refused',
        detail: { grant: 'default', reason: expect.stringContaining(`Nothing is granted since ${alice}`) },
      },
    ]);

    await sweep(settings, memorySweepPorts(made), { answer: { kind: 'resume' }, answeredBy: alice });
    await repair(made);
    expect(bindings(made)[0]?.members).toHaveLength(3);
    expect(places(made)).toHaveLength(6);
    expect(await run(made)).not.toHaveProperty('revokeAll');
    // Once more changes nothing.
    await sweep(settings, memorySweepPorts(made), { answer: { kind: 'resume' }, answeredBy: alice });
  });

  it('a reconcile that began before the answer is found by the next look, and undone', async () => {
    const made = await granted();
    const stack = stackOf(made);
    let isLate = true;
    made.before = async (call) => {
      if (!isLate || !call.startsWith('setIamPolicy')) return;
      isLate = false;
      made.before = () => undefined;
      const answers = [...made.table].filter(([key]) => key.startsWith('answer'));
      for (const [key] of answers) made.table.delete(key);
      tag(made, reader, 'app-late');
      await reconcile(settings, memoryPorts(made), [request('app-late')]);
      for (const [key, item] of answers) made.table.set(key, item);
    };
    expect(isProven(await revoke(made, stack))).toBe(true);
    expect(stack.sweeps).toEqual([{ kind: 'revokeAll' }, undefined]);
    expect(bindings(made)).toEqual([foreign]);
  });

  it('what cannot be read proves nothing: the ledger still lists it', async () => {
    const made = await granted();
    made.denied.add(readerPolicy);
    const found = await revoke(made);
    expect(isProven(found)).toBe(false);
    expect(stillListed(found)).toMatchObject([{ entry: { resource: readerPolicy } }]);
  });

  it('an entry that is too young to be judged is not proven gone', async () => {
    const made = world();
    setEntries(made, [entryFor(reader, { announcedAt: made.now.toISOString() })]);
    const found = await look(made)();
    expect(found.drifted).toEqual([]);
    expect(isProven(found)).toBe(false);
  });

  it('is refused in a mode in which not everything is ours, and nothing is kept', async () => {
    for (const mode of ['upsert-only', 'dry-run'] as const) {
      const made = await granted();
      await expect(
        sweep({ ...settings, mode }, memorySweepPorts(made), {
          answer: { kind: 'revokeAll' },
          answeredBy: alice,
        }),
      ).rejects.toThrow(`In mode ${mode}`);
      expect(made.table.has('answer revoke#all')).toBe(false);
    }
  });

  it('two people who answer at the same time do not overwrite each other unseen', async () => {
    for (const kind of ['revokeAll', 'resume'] as const) {
      const made = await granted();
      await sweep(settings, memorySweepPorts(made), { answer: { kind: 'revokeAll' }, answeredBy: alice });
      made.before = (call) => {
        const item = made.table.get('answer revoke#all');
        if (/^(Put|Delete)Item answer/.test(call) && item !== undefined)
          made.table.set('answer revoke#all', { ...item, revision: 'another' });
      };
      await expect(
        sweep(settings, memorySweepPorts(made), { answer: { kind }, answeredBy: alice }),
      ).rejects.toThrow('at the same time');
    }
  });

  it('an answer that this version cannot read stops everything, and is a blind spot', async () => {
    const made = await granted();
    made.table.set('answer revoke#all', {
      pk: 'answer',
      sk: 'revoke#all',
      revision: 'r',
      body: '{"version":2}',
    });
    tag(made, reader, 'app-late');
    await reconcile(settings, memoryPorts(made), [request('app-late')]);
    expect(made.outcomes).toMatchObject([
      { type: 'Failed', detail: { reason: expect.stringContaining('so nothing is changed') } },
    ]);
    const { blindSpots } = await run(made);
    expect(blindSpots).toMatchObject([{ what: "the ledger's item answer revoke#all" }]);
  });

  it('where the table does not take the answer, nothing is removed', async () => {
    const made = await granted();
    failing(made, /^PutItem answer/, unavailable('DynamoDB'));
    await expect(revoke(made)).rejects.toThrow('DynamoDB');
    expect(entriesOf(made)).toHaveLength(1);
    expect(bindings(made)[0]?.members).toHaveLength(2);
  });
});

it('who approved held revocations is kept in the table, and named in the outcomes', async () => {
  const made = await granted();
  made.roles.clear();
  tag(made, '', 'reports');
  tag(made, '', 'app-b');
  const { limits } = await run(made, few);
  const hash = limits[0]?.hash ?? '';
  await expect(run(made, few, '0123456789abcdef')).rejects.toThrow('No complete list');
  expect([...made.table.keys()].filter((key) => key.startsWith('answer'))).toEqual([]);
  made.drifts.length = 0;
  await run(made, few, hash);
  expect(JSON.parse(made.table.get(`answer approve#${hash}`)?.body ?? '')).toEqual({
    version: 1,
    answer: 'approve',
    at: made.now.toISOString(),
    answeredBy: alice,
  });
  await repair(made, few);
  expect(
    made.outcomes.filter(({ type }) => type === 'Revoked').map(({ detail }) => detail.answeredBy),
  ).toEqual([alice, alice]);
});

it('the proof names projects whose lost accounts Google can still restore, with their bindings', async () => {
  const made = world();
  const daysAgo = (days: number) => new Date(made.now.getTime() - days * 24 * 60 * 60 * 1000);
  setLost(made, 'acme-data', daysAgo(29));
  setLost(made, 'acme-old', daysAgo(40));
  const found = await everythingOfOurs(settings, memorySweepPorts(made));
  expect(restorableIn(found)).toEqual([{ project: 'acme-data', lostAt: daysAgo(29).toISOString() }]);
});
