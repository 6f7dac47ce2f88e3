import { reconcile } from '../../shared/app/reconcile.ts';
import { everythingOfOurs, isProven, stopGranting, takeAway } from '../../shared/app/revoke-all.ts';
import { roleAccess, waitUntilGone } from '../../shared/app/revoke-role.ts';
import type { DeployedStack } from '../../shared/ports.ts';
import { memoryPorts, memorySweepPorts, setRole, unavailable } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { settleAll } from '../support/sweeping.ts';
import { bindingsOf, createWorld, parameterPlaces, sharedBinding, tagRole } from '../support/world.ts';

describe('the access of one role', () => {
  it('is what its tags and parameters name, and the tags of ours in whatever casing', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const tags = [
      { key: 'google-access', value: reader },
      { key: 'Google-Access/x', value: writer },
      { key: 'google-accessory', value: 'x' },
    ];
    setRole(world, reports, tags);
    const access = await roleAccess(settings, memoryPorts(world), reports);
    expect(access).toMatchObject({
      role: { kind: 'present' },
      keys: ['google-access', 'Google-Access/x'],
      held: { resources: [readerPolicy], unseen: [] },
    });
    expect(access.held.parameters).toHaveLength(2);
  });

  it('of a role that is gone, its parameters still tell', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.roles.clear();
    const { keys, held } = await roleAccess(settings, memoryPorts(world), reports);
    expect(keys).toEqual([]);
    expect(held.resources).toEqual([readerPolicy]);
  });

  it('what cannot be looked at does not count as gone', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.before = (call) => {
      if (/^(getIamPolicy|GetParametersByPath eu)/.test(call)) throw unavailable(call);
    };
    const { held } = await roleAccess(settings, memoryPorts(world), reports);
    expect(held.unseen).toHaveLength(2);
  });
});

describe('waiting until it is gone', () => {
  /** A world whose functions do their work after some looks. */
  const waiting = async (looks: number, timeoutSeconds = 300) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const access = await roleAccess(settings, memoryPorts(world), reports);
    tagRole(world, {});
    let pauses = 0;
    const clock = {
      now: () => world.now,
      pause: async (milliseconds: number) => {
        pauses += 1;
        world.now = new Date(world.now.getTime() + milliseconds);
        if (pauses === looks) await reconcile(settings, memoryPorts(world), [requestFor()]);
      },
    };
    const left = await waitUntilGone(settings, { ...memoryPorts(world), clock }, access, timeoutSeconds);
    return { left, pauses };
  };

  it('ends when binding and parameters are gone', async () => {
    expect(await waiting(3)).toEqual({ left: { resources: [], parameters: [], unseen: [] }, pauses: 3 });
  });

  it('ends when the time is up, and tells what is left', async () => {
    const { left } = await waiting(1_000, 30);
    expect(left.resources).toEqual([readerPolicy]);
    expect(left.parameters).toHaveLength(2);
  });

  it('a look that fails is tried again; the last one is told', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const access = await roleAccess(settings, memoryPorts(world), reports);
    world.before = (call) => {
      if (call.startsWith('GetRole')) throw unavailable(call);
    };
    const clock = {
      now: () => world.now,
      pause: (milliseconds: number) => {
        world.now = new Date(world.now.getTime() + milliseconds);
        return Promise.resolve();
      },
    };
    const left = await waitUntilGone(settings, { ...memoryPorts(world), clock }, access, 10);
    expect(left).toEqual({
      resources: [],
      parameters: [],
      unseen: ['GetRole reports is not available (503).'],
    });
  });
});

describe('everything of ours', () => {
  it('is taken away whatever the tags ask for, and nothing else is', async () => {
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

  it('nothing is proven where something could not be seen', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    world.before = (call) => {
      if (call.startsWith('listServiceAccounts acme-data')) throw unavailable(call);
    };
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(false);
  });

  it('in a mode in which not everything is ours, or nothing may be written, it refuses', () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const mode of ['upsert-only', 'dry-run'] as const)
      expect(() => everythingOfOurs({ ...settings, mode }, memorySweepPorts(world))).toThrow(
        `In mode ${mode}`,
      );
  });
});

describe('stopping what could grant anew', () => {
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

  it('first the rules, then the queue, then it waits for what is in hand', async () => {
    const stack = stackWith([2, 1, 0]);
    const clock = { now: () => now, pause: () => Promise.resolve() };
    expect(await stopGranting(stack, clock)).toEqual([{ rule: 'r', kind: 'stopped' }]);
    expect(stack.calls).toEqual(['stopRules', 'purgeQueue', ...Array<string>(3).fill('queuedMessages')]);
  });

  it('a queue that does not come to rest is an error: nothing is taken away', async () => {
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
