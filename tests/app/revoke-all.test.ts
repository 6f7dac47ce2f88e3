import { readOnlyElsewhere } from '../../shared/app/read-only-elsewhere.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import {
  everythingOfOurs,
  examinedIn,
  isProven,
  leftElsewhere,
  restorableIn,
  revokeByFunctions,
  stillListed,
  stopGranting,
  takeAway,
  unprovenOf,
} from '../../shared/app/revoke-all.ts';
import { sweep } from '../../shared/app/sweep.ts';
import type { Answer } from '../../shared/core/answer.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import type { DeployedStack } from '../../shared/ports.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setRole, unavailable } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { alice, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setLost } from '../support/table.ts';
import {
  bindingsOf,
  createWorld,
  failCalls,
  parameterPlaces,
  sharedBinding,
  tagRole,
} from '../support/world.ts';

const few = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };

/** The functions as they are deployed: the sweep, and reconcile behind the drift rule and the queue. */
const stackOf = (
  world: MemoryWorld,
  using: Settings = few,
): DeployedStack & { readonly sweeps: (Answer | undefined)[] } => {
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
        using,
        memorySweepPorts(world),
        answer === undefined ? undefined : { answer, answeredBy: alice },
      );
    },
    queuedMessages: async () => {
      if (world.drifts.length === 0) return 0;
      await runRepair(world, using);
      return 1;
    },
  };
};

const look = (world: MemoryWorld) => () => everythingOfOurs(few, memorySweepPorts(world));

const revoke = (world: MemoryWorld, stack = stackOf(world)) =>
  revokeByFunctions(stack, memoryPorts(world).clock, look(world));

const granted = async (): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  tagRole(world, { 'google-access': writer }, 'app-b');
  await settleAll(world);
  return world;
};

const other = '444455556666';
/** The same file, with a second AWS account. */
const two = {
  ...settings,
  home: reports.accountId,
  accounts: [...settings.accounts, { id: other, provider: 'aws-other' }],
};

describe('revoke --all, by the functions', () => {
  it('removes everything regardless of the limit, and proves it with ledger, policies and parameters', async () => {
    const world = await granted();
    const found = await revoke(world);
    expect(isProven(found)).toBe(true);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(stillListed(found)).toEqual([]);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.answeredBy])).toEqual([
      ['Revoked', alice],
      ['Revoked', alice],
    ]);
  });

  it('lists what the proof is based on, and nothing that could not be read completely', async () => {
    const made = await granted();
    const parameters = [
      { region: 'us-east-1', prefix: '/google-access', found: 0 },
      { region: 'eu-west-1', prefix: '/google-access', found: 0 },
    ];
    const complete = examinedIn(await revoke(made));
    expect(complete).toMatchObject({
      accountId: '111122223333',
      accounts: ['111122223333'],
      roles: 2,
      projects: [
        { project: 'acme-data', serviceAccounts: 2 },
        { project: 'example.com:legacy', serviceAccounts: 0 },
      ],
      policies: 2,
      parameters,
      pools: [poolPath(settings)],
      ledgerItems: expect.any(Number),
    });
    made.ownership = { kind: 'unproven', reason: 'no marker' };
    made.denied.add(readerPolicy);
    made.before = (call) => {
      if (/GetAccountAuthorizationDetails|listServiceAccounts acme-data|eu-west-1|Scan/.test(call))
        throw unavailable(call);
    };
    expect(examinedIn(await look(made)())).toEqual({
      accountId: '111122223333',
      accounts: [],
      roles: 0,
      projects: [{ project: 'example.com:legacy', serviceAccounts: 0 }],
      policies: expect.any(Number),
      parameters: parameters.slice(0, 1),
      pools: [],
    });
  });

  it('until someone resumes, no event and no sweep grants anything, and each request gets the reason', async () => {
    const world = await granted();
    await revoke(world);
    world.outcomes.length = 0;
    tagRole(world, { 'google-access': reader }, 'app-late');
    await reconcile(settings, memoryPorts(world), [requestFor('app-late')]);
    expect(await runSweep(world)).toMatchObject({ drifts: [], revokeAll: { answeredBy: alice } });
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(world.outcomes).toMatchObject([
      {
        type: 'Refused',
        detail: { grant: 'default', reason: expect.stringContaining(`Nothing is granted since ${alice}`) },
      },
    ]);

    await sweep(settings, memorySweepPorts(world), { answer: { kind: 'resume' }, answeredBy: alice });
    await runRepair(world);
    expect(bindingsOf(world)[0]?.members).toHaveLength(3);
    expect(parameterPlaces(world)).toHaveLength(6);
    expect(await runSweep(world)).not.toHaveProperty('revokeAll');
    // A second time changes nothing.
    await sweep(settings, memorySweepPorts(world), { answer: { kind: 'resume' }, answeredBy: alice });
  });

  it('a reconcile that began before the answer is noticed by the next look, and undone', async () => {
    const world = await granted();
    const stack = stackOf(world);
    let isLate = true;
    world.before = async (call) => {
      if (!isLate || !call.startsWith('setIamPolicy')) return;
      isLate = false;
      world.before = () => undefined;
      const answers = [...world.table].filter(([key]) => key.startsWith('answer'));
      for (const [key] of answers) world.table.delete(key);
      tagRole(world, { 'google-access': reader }, 'app-late');
      await reconcile(settings, memoryPorts(world), [requestFor('app-late')]);
      for (const [key, item] of answers) world.table.set(key, item);
    };
    expect(isProven(await revoke(world, stack))).toBe(true);
    expect(stack.sweeps).toEqual([{ kind: 'revokeAll' }, undefined]);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
  });

  it('a policy that cannot be read proves nothing: the ledger still lists it', async () => {
    const world = await granted();
    world.denied.add(readerPolicy);
    const found = await revoke(world);
    expect(isProven(found)).toBe(false);
    expect(stillListed(found)).toMatchObject([{ entry: { resource: readerPolicy } }]);
  });

  it('an entry that is too young to be judged is not proven gone', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setEntries(world, [entryFor(reader, { announcedAt: world.now.toISOString() })]);
    const found = await look(world)();
    expect(found.drifted).toEqual([]);
    expect(isProven(found)).toBe(false);
  });

  it('is refused in a mode in which not everything is ours, and nothing is stored', async () => {
    for (const mode of ['upsert-only', 'dry-run'] as const) {
      const world = await granted();
      await expect(
        sweep({ ...settings, mode }, memorySweepPorts(world), {
          answer: { kind: 'revokeAll' },
          answeredBy: alice,
        }),
      ).rejects.toThrow(`In mode ${mode}`);
      expect(world.table.has('answer revoke#all')).toBe(false);
    }
  });

  it('two people who answer at the same time cannot overwrite each other unnoticed', async () => {
    for (const kind of ['revokeAll', 'resume'] as const) {
      const world = await granted();
      await sweep(settings, memorySweepPorts(world), { answer: { kind: 'revokeAll' }, answeredBy: alice });
      world.before = (call) => {
        const item = world.table.get('answer revoke#all');
        if (/^(Put|Delete)Item answer/.test(call) && item !== undefined)
          world.table.set('answer revoke#all', { ...item, revision: 'another' });
      };
      await expect(
        sweep(settings, memorySweepPorts(world), { answer: { kind }, answeredBy: alice }),
      ).rejects.toThrow('at the same time');
    }
  });

  it('an answer that this version cannot read stops everything, and is a blind spot', async () => {
    const world = await granted();
    world.table.set('answer revoke#all', {
      pk: 'answer',
      sk: 'revoke#all',
      revision: 'r',
      body: '{"version":2}',
    });
    tagRole(world, { 'google-access': reader }, 'app-late');
    await reconcile(settings, memoryPorts(world), [requestFor('app-late')]);
    expect(world.outcomes).toMatchObject([
      { type: 'Failed', detail: { reason: expect.stringContaining('so nothing is changed') } },
    ]);
    const { blindSpots } = await runSweep(world);
    expect(blindSpots).toMatchObject([{ what: "the ledger's item answer revoke#all" }]);
  });

  it('if the table does not accept the answer, nothing is removed', async () => {
    const world = await granted();
    failCalls(world, /^PutItem answer/, unavailable('DynamoDB'));
    await expect(revoke(world)).rejects.toThrow('DynamoDB');
    expect(entriesOf(world)).toHaveLength(1);
    expect(bindingsOf(world)[0]?.members).toHaveLength(2);
  });
});

it('the person who approved held revocations is stored in the table, and named in the outcomes', async () => {
  const world = await granted();
  world.roles.clear();
  tagRole(world, { 'google-access': '' }, 'reports');
  tagRole(world, { 'google-access': '' }, 'app-b');
  const { limits } = await runSweep(world, few);
  const hash = limits[0]?.hash ?? '';
  await expect(runSweep(world, few, '0123456789abcdef')).rejects.toThrow('No complete list');
  expect([...world.table.keys()].filter((key) => key.startsWith('answer'))).toEqual([]);
  world.drifts.length = 0;
  await runSweep(world, few, hash);
  expect(JSON.parse(world.table.get(`answer approve#${hash}`)?.body ?? '')).toEqual({
    version: 1,
    answer: 'approve',
    at: world.now.toISOString(),
    answeredBy: alice,
  });
  await runRepair(world, few);
  expect(
    world.outcomes.filter(({ type }) => type === 'Revoked').map(({ detail }) => detail.answeredBy),
  ).toEqual([alice, alice]);
});

it('the proof names projects whose lost accounts Google can still restore, with their bindings', async () => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  const daysAgo = (days: number) => new Date(world.now.getTime() - days * 24 * 60 * 60 * 1000);
  setLost(world, 'acme-data', daysAgo(29));
  setLost(world, 'acme-old', daysAgo(40));
  const found = await everythingOfOurs(settings, memorySweepPorts(world));
  expect(restorableIn(found)).toEqual([{ project: 'acme-data', lostAt: daysAgo(29).toISOString() }]);
});

describe('everything of ours', () => {
  it('is revoked no matter what the tags request, and nothing else is', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    tagRole(world, { 'google-access': writer }, 'app-b');
    await settleAll(world);
    world.parameters.set('us-east-1 /google-access/notes', { value: 'by hand', description: '' });
    const { drifted } = await everythingOfOurs(settings, memorySweepPorts(world));
    expect(drifted.map(({ drift }) => drift.ref.roleName)).toEqual(['app-b', 'reports']);
    await takeAway(settings, memoryPorts(world), drifted);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual(['us-east-1 /google-access/notes']);
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(true);
    expect(world.secondLooks).toEqual([]);
  });

  it('includes the bindings of other accounts; their configs are listed for the administrators', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const accountId of [reports.accountId, other])
      setRole(world, { ...reports, accountId }, [{ key: 'google-access', value: reader }]);
    await runSweep(world, two);
    await runRepair(world, two);
    expect(parameterPlaces(world)).toHaveLength(4);
    const { drifted } = await everythingOfOurs(two, memorySweepPorts(world));
    const ports = memoryPorts(world);
    const parameters = readOnlyElsewhere(reports.accountId, ports.parameters);
    await takeAway(two, { ...ports, parameters }, drifted);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    const left = await everythingOfOurs(two, memorySweepPorts(world));
    expect(isProven(left)).toBe(false);
    const names = ['/google-access/reports/default'];
    expect(leftElsewhere(left)).toEqual([
      { accountId: other, region: 'eu-west-1', names },
      { accountId: other, region: 'us-east-1', names },
    ]);
    await expect(
      parameters.put({ accountId: other, region: 'us-east-1' }, { name: '/x', value: '', description: '' }),
    ).rejects.toThrow(`The parameters of account ${other} are for its administrator to remove.`);
  });

  it('is not proven gone while an account that left the file may still have configs', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setRole(world, { ...reports, accountId: other }, [{ key: 'google-access', value: reader }]);
    await runSweep(world, two);
    await runRepair(world, two);
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toHaveLength(2);
    const found = await everythingOfOurs(settings, memorySweepPorts(world));
    expect(isProven(found)).toBe(false);
    expect(unprovenOf(found)).toEqual([
      {
        what: `the parameters of account ${other}`,
        reason: `rolebridge.yml no longer lists the account, so they cannot be read. Once they are removed there: rolebridge forget --account ${other}`,
      },
    ]);
  });

  it('is not proven gone if something could not be seen', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    world.before = (call) => {
      if (call.startsWith('listServiceAccounts acme-data')) throw unavailable(call);
    };
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(false);
  });

  it('is not revoked in a mode in which not everything is ours, or nothing may be written: the command refuses', () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const mode of ['upsert-only', 'dry-run'] as const)
      expect(() => everythingOfOurs({ ...settings, mode }, memorySweepPorts(world))).toThrow(
        `In mode ${mode}`,
      );
  });
});

describe('stopping everything that could grant access again', () => {
  const stackWith = (counts: readonly number[]): DeployedStack & { readonly calls: string[] } => {
    const calls: string[] = [];
    const left = [...counts];
    return {
      calls,
      isDeployed: () => Promise.resolve(true),
      startRules: () => Promise.resolve(),
      sweep: () => Promise.resolve({}),
      stopRules: () => {
        calls.push('stopRules');
        return Promise.resolve([{ rule: 'r', kind: 'stopped' as const }]);
      },
      purgeQueue: () => {
        calls.push('purgeQueue');
        return Promise.resolve();
      },
      queuedMessages: () => {
        calls.push('queuedMessages');
        return Promise.resolve(left.shift() ?? 1);
      },
    };
  };

  it('disables the rules first, then the queue, and then waits for messages in flight', async () => {
    const stack = stackWith([2, 1, 0]);
    const clock = { now: () => now, pause: () => Promise.resolve() };
    expect(await stopGranting(stack, clock)).toEqual([{ rule: 'r', kind: 'stopped' }]);
    expect(stack.calls).toEqual(['stopRules', 'purgeQueue', ...Array<string>(3).fill('queuedMessages')]);
  });

  it('fails if the queue does not drain: nothing is revoked', async () => {
    let time = now.getTime();
    const clock = {
      now: () => new Date(time),
      pause: (milliseconds: number) => {
        time += milliseconds;
        return Promise.resolve();
      },
    };
    await expect(stopGranting(stackWith([]), clock)).rejects.toThrow(
      /the queue does not come to rest .*in hand: 1.*Nothing was revoked/,
    );
  });
});

describe('revoke --all with statuses', () => {
  const withStatuses: Settings = { ...few, accountOutcomes: { mirror: false, status: true } };
  const lookNow = (world: MemoryWorld) => () => everythingOfOurs(withStatuses, memorySweepPorts(world));
  const grantedWithStatuses = async (): Promise<MemoryWorld> => {
    const world = await granted();
    await settleAll(world, withStatuses);
    expect(parameterPlaces(world).filter((place) => place.endsWith('.status'))).toHaveLength(4);
    return world;
  };

  it('removes them, proves it, and writes none while the answer stands', async () => {
    const world = await grantedWithStatuses();
    const found = await revokeByFunctions(
      stackOf(world, withStatuses),
      memoryPorts(world).clock,
      lookNow(world),
    );
    expect(isProven(found)).toBe(true);
    expect(parameterPlaces(world)).toEqual([]);
    await reconcile(withStatuses, memoryPorts(world), [requestFor('reports')]);
    expect(await runSweep(world, withStatuses)).toMatchObject({ drifts: [] });
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('without a stack, none is left', async () => {
    const world = await grantedWithStatuses();
    await takeAway(withStatuses, memoryPorts(world), (await lookNow(world)()).drifted);
    expect(parameterPlaces(world)).toEqual([]);
    expect(isProven(await lookNow(world)())).toBe(true);
  });
});
