import { reconcile } from '../../shared/app/reconcile.ts';
import { isNothing, roleAccess, waitUntilGone } from '../../shared/app/revoke-role.ts';
import { memoryPorts, setRole, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { settleAll } from '../support/sweeping.ts';
import { createWorld, isBound, sharedBinding, tagRole } from '../support/world.ts';

describe('the access of one role', () => {
  it('is everything that its tags and parameters name, including tags of ours in any casing', async () => {
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

  it('is still known from its parameters if the role is gone', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.roles.clear();
    const { keys, held } = await roleAccess(settings, memoryPorts(world), reports);
    expect(keys).toEqual([]);
    expect(held.resources).toEqual([readerPolicy]);
  });

  it('does not count as gone if it cannot be read', async () => {
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
    const left = await waitUntilGone(settings, { ...memoryPorts(world), clock }, access, { timeoutSeconds });
    return { left, pauses };
  };

  it('ends when binding and parameters are gone', async () => {
    expect(await waiting(3)).toEqual({ left: { resources: [], parameters: [], unseen: [] }, pauses: 3 });
  });

  it('ends when the time is up, and reports what is left', async () => {
    const { left } = await waiting(1_000, 30);
    expect(left.resources).toEqual([readerPolicy]);
    expect(left.parameters).toHaveLength(2);
  });

  it('waits for tags that someone else removes, even while the role has no access', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': 'nobody@elsewhere.iam.gserviceaccount.com' });
    const access = await roleAccess(settings, memoryPorts(world), reports);
    const clock = {
      now: () => world.now,
      pause: (milliseconds: number) => {
        world.now = new Date(world.now.getTime() + milliseconds);
        return Promise.resolve();
      },
    };
    const wait = (isUntagging: boolean) =>
      waitUntilGone(settings, { ...memoryPorts(world), clock }, access, { timeoutSeconds: 10, isUntagging });
    expect(isNothing(await wait(false))).toBe(true);
    expect(await wait(true)).toEqual({ tags: ['google-access'], resources: [], parameters: [], unseen: [] });
    tagRole(world, {});
    expect(isNothing(await wait(true))).toBe(true);
  });

  it('retries a look that fails, and reports the last one', async () => {
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
    const left = await waitUntilGone(settings, { ...memoryPorts(world), clock }, access, {
      timeoutSeconds: 10,
    });
    expect(left).toEqual({
      resources: [],
      parameters: [],
      unseen: ['GetRole reports is not available (503).'],
    });
  });
});

describe('invariants 2, 4: "revoke --role" proves only what is gone', () => {
  it('access that a function has announced and is about to bind is not gone', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    let early: boolean | undefined;
    let isFirst = true;
    world.before = async (call) => {
      if (call !== `setIamPolicy ${readerPolicy}` || !isFirst) return;
      isFirst = false;
      // Announced in the ledger, not written yet: a person untags the role and runs the command.
      tagRole(world, {});
      early = isNothing((await roleAccess(settings, memoryPorts(world), reports)).held);
    };
    world.after = (call) => {
      if (call === `setIamPolicy ${readerPolicy}`) expect(isBound(world) || early !== undefined).toBe(true);
    };
    await runReconcile(world);
    expect(early).toBe(false);
  });
});
