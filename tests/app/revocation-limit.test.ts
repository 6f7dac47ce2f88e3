import { reconcile } from '../../shared/app/reconcile.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { deleteRole, type MemoryWorld, memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { accountId, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import {
  bindingsOf,
  bothPlaces,
  createWorld,
  parameterPlaces,
  sharedBinding,
  tagRole,
  takeWrites,
} from '../support/world.ts';

describe('the revocation limit', () => {
  const narrow: Settings = {
    ...settings,
    sweep: { ...settings.sweep, maxRevocations: 2 },
    allow: [{ to: 'nobody@acme-data.iam.gserviceaccount.com', roles: ['nobody'] }],
  };
  const names = ['app-a', 'app-b', 'app-c'];
  const granted = async (): Promise<MemoryWorld> => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    await settleAll(world);
    return world;
  };
  const boundNames = (world: MemoryWorld) =>
    names.filter((name) =>
      bindingsOf(world).some(({ members }) => members.includes(memberOf(settings, roleRef(name)))),
    );

  it('holds if the guardrail revokes more than maxRevocations: nothing is revoked, and the sweep reports it', async () => {
    const world = await granted();
    const report = await runSweep(world, narrow);
    expect(report.limits).toMatchObject([{ accountId, kind: 'held', held: 3, released: 0, limit: 2 }]);
    expect(world.drifts).toEqual([]);
    expect(world.held).toHaveLength(1);
    expect(world.held[0]).toMatchObject({ accountId, count: 3, limit: 2, revocations: { length: 3 } });
    expect(boundNames(world)).toEqual(names);
  });

  it('releases this exact plan once it is approved, and no other', async () => {
    const world = await granted();
    await runSweep(world, narrow);
    const hash = world.held[0]?.hash;
    await expect(runSweep(world, narrow, '0123456789abcdef')).rejects.toThrow(
      'No complete list of held revocations is stored under 0123456789abcdef. Nothing was done.',
    );
    expect(world.drifts).toEqual([]);
    expect((await runSweep(world, narrow, hash)).limits).toEqual([
      { accountId, kind: 'released', released: 3, approved: 3, held: 0, limit: 2 },
    ]);
    await runRepair(world, narrow);
    expect(boundNames(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
    for (const name of [...names, 'reports']) tagRole(world, { 'google-access': reader }, name);
    await settleAll(world);
    // The fourth role's access was not on the list, and one is within the limit.
    expect((await runSweep(world, narrow, hash)).limits).toMatchObject([
      { released: 4, approved: 3, held: 0 },
    ]);
  });

  it('holds under every spelling of a role’s name, since reconcile reads all of them', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    deleteRole(world, reports);
    tagRole(world, {}, 'Reports');
    const bound = [{ role: workloadIdentityUser, members: [memberOf(settings, roleRef('Reports'))] }];
    setPolicy(world, readerPolicy, { bindings: bound });
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await runSweep(world, braked)).limits).toMatchObject([{ kind: 'held', held: 1 }]);
    await runRepair(world, braked);
    // A revocation that is held keeps its config.
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(bindingsOf(world)).toEqual(bound);
  });

  it('does not count deleted roles and expired grants, and does not stop binds, publishes and narrower repairs', async () => {
    const world = await granted();
    tagRole(world, { 'google-access': `${writer} until 2026-11-24T13:00:00Z` }, 'app-old');
    tagRole(world, { 'google-access': writer }, 'app-gone');
    tagRole(world, { 'google-access': writer }, 'app-wide');
    await settleAll(world);
    world.now = new Date('2026-11-24T13:00:01Z');
    deleteRole(world, roleRef('app-gone'));
    tagRole(world, { 'google-access': `${writer} until 2026-12-01` }, 'app-wide');
    tagRole(world, { 'google-access': writer }, 'app-new');
    for (const name of names) tagRole(world, {}, name);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    const report = await runSweep(world, braked);
    expect(report.limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await runRepair(world, braked);
    expect(boundNames(world)).toEqual(names);
    expect(bindingsOf(world, writerPolicy)).toEqual([
      { role: workloadIdentityUser, members: [memberOf(settings, roleRef('app-new'))] },
      {
        role: workloadIdentityUser,
        members: [memberOf(settings, roleRef('app-wide'))],
        condition: untilCondition('2026-12-02T00:00:00Z'),
      },
    ]);
  });

  it('holds what a moved tag would remove, including its config; the new access is granted', async () => {
    const world = await granted();
    for (const name of names) tagRole(world, { 'google-access': writer }, name);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    await runSweep(world, braked);
    await runRepair(world, braked);
    expect(boundNames(world)).toEqual(names);
    expect(takeWrites(world).filter((call) => call.includes('Parameter'))).toEqual([]);
    expect(bindingsOf(world, writerPolicy)[0]?.members).toHaveLength(names.length);
  });

  it('does not hold a role event, even with a drift beside it', async () => {
    const world = await granted();
    tagRole(world, {}, 'app-a');
    const drift = requestOfDrift({ role: roleRef('app-a'), released: [] });
    await reconcile(settings, memoryPorts(world), [drift]);
    expect(boundNames(world)).toEqual(names);
    await reconcile(settings, memoryPorts(world), [drift, { ...drift, namedKeys: ['google-access'] }]);
    expect(boundNames(world)).toEqual(['app-b', 'app-c']);
  });

  it('cannot be bypassed through a policy that could not be read', async () => {
    const world = await granted();
    world.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await runSweep(world, narrow)).drifts).toEqual([]);
    world.before = () => undefined;
    await runRepair(world, narrow);
    expect(boundNames(world)).toEqual(names);
    expect(parameterPlaces(world)).toHaveLength(6);
  });

  it('does not let a drift from before the guardrail was narrowed revoke what was not counted', async () => {
    const world = await granted();
    world.parameters.delete('eu-west-1 /google-access/app-a/default');
    await runSweep(world);
    const [old] = world.drifts;
    world.drifts.length = 0;
    await runSweep(world, narrow);
    if (old !== undefined) world.drifts.push(old);
    await runRepair(world, narrow);
    expect(boundNames(world)).toEqual(names);
  });

  it('revokes nothing if roles were not seen, because they could not be counted', async () => {
    const world = await granted();
    for (const name of names) tagRole(world, {}, name);
    world.pageSize = 2;
    let pages = 0;
    world.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails' && (pages += 1) > 1) throw unavailable(call);
    };
    const report = await runSweep(world);
    expect(report.limits).toEqual([
      { accountId, kind: 'incomplete', released: 0, approved: 0, held: 2, limit: 25 },
    ]);
    expect(world.held).toEqual([]);
    await runRepair(world);
    expect(boundNames(world)).toEqual(names);
  });

  it('does not count roles that are granted while the sweep runs', async () => {
    const world = await granted();
    world.before = async (call) => {
      if (call !== 'GetAccountAuthorizationDetails') return;
      world.before = () => undefined;
      const late = ['app-d', 'app-e', 'app-f'].map((name) => ({
        ...requestOfDrift({ role: roleRef(name) }),
      }));
      for (const { ref } of late) tagRole(world, { 'google-access': reader }, ref.roleName);
      await reconcile(
        settings,
        memoryPorts(world),
        late.map((one) => ({ ...one, namedKeys: ['google-access'] }) as const),
      );
    };
    const none = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await runSweep(world, none)).limits).toEqual([]);
  });

  it('does not count access that has ended by itself, even if its tag is gone', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const name of names)
      tagRole(world, { 'google-access': `${reader} until 2026-11-24T13:00:00Z` }, name);
    await settleAll(world);
    for (const name of names) tagRole(world, {}, name);
    world.now = new Date('2026-11-24T13:00:00Z');
    expect((await runSweep(world, narrow)).limits).toEqual([]);
    await runRepair(world, narrow);
    expect(boundNames(world)).toEqual([]);
  });
});
