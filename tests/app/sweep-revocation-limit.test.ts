import { reconcile } from '../../shared/app/reconcile.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import {
  deleteRole,
  type MemoryWorld,
  memoryPorts,
  setPolicy,
  setRole,
  unavailable,
} from '../support/memory.ts';
import { accountId, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import {
  bindings,
  both,
  places,
  readerPolicy,
  repair,
  requestOf,
  run,
  settleAll,
  tag,
  user,
  world,
  writerPolicy,
  writes,
} from '../support/sweeping.ts';

describe('the revocation limit', () => {
  const narrow: Settings = {
    ...settings,
    sweep: { ...settings.sweep, maxRevocations: 2 },
    allow: [{ to: 'nobody@acme-data.iam.gserviceaccount.com', roles: ['nobody'] }],
  };
  const names = ['app-a', 'app-b', 'app-c'];
  const granted = async (): Promise<MemoryWorld> => {
    const made = world();
    for (const name of names) tag(made, reader, name);
    await settleAll(made);
    return made;
  };
  const boundNames = (made: MemoryWorld) =>
    names.filter((name) =>
      bindings(made).some(({ members }) => members.includes(memberOf(settings, roleRef(name)))),
    );

  it('holds when the guardrail takes more away than maxRevocations: nothing is revoked, and it is told', async () => {
    const made = await granted();
    const report = await run(made, narrow);
    expect(report.limits).toMatchObject([{ accountId, kind: 'held', held: 3, released: 0, limit: 2 }]);
    expect(made.drifts).toEqual([]);
    expect(made.held).toHaveLength(1);
    expect(made.held[0]).toMatchObject({ accountId, count: 3, limit: 2, revocations: { length: 3 } });
    expect(boundNames(made)).toEqual(names);
  });

  it('lets this very plan pass once it is approved, and no other', async () => {
    const made = await granted();
    await run(made, narrow);
    const hash = made.held[0]?.hash;
    await expect(run(made, narrow, '0123456789abcdef')).rejects.toThrow(
      'No complete list of held revocations is stored under 0123456789abcdef. Nothing was done.',
    );
    expect(made.drifts).toEqual([]);
    expect((await run(made, narrow, hash)).limits).toEqual([
      { accountId, kind: 'released', released: 3, approved: 3, held: 0, limit: 2 },
    ]);
    await repair(made, narrow);
    expect(boundNames(made)).toEqual([]);
    expect(places(made)).toEqual([]);
    for (const name of [...names, 'reports']) tag(made, reader, name);
    await settleAll(made);
    // The fourth role's access was not on the list, and one is within the limit.
    expect((await run(made, narrow, hash)).limits).toMatchObject([{ released: 4, approved: 3, held: 0 }]);
  });

  it('holds under every spelling of a role’s name, since reconcile looks at all of them', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    deleteRole(made, reports);
    setRole(made, roleRef('Reports'), []);
    const bound = [{ role: user, members: [memberOf(settings, roleRef('Reports'))] }];
    setPolicy(made, readerPolicy, { bindings: bound });
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await run(made, braked)).limits).toMatchObject([{ kind: 'held', held: 1 }]);
    await repair(made, braked);
    // What is held keeps its config.
    expect(places(made)).toEqual(both);
    expect(bindings(made)).toEqual(bound);
  });

  it('does not count deleted roles and expired grants, and lets binds, publishes and narrower repairs go on', async () => {
    const made = await granted();
    tag(made, `${writer} until 2026-11-24T13:00:00Z`, 'app-old');
    tag(made, writer, 'app-gone');
    tag(made, writer, 'app-wide');
    await settleAll(made);
    made.now = new Date('2026-11-24T13:00:01Z');
    deleteRole(made, roleRef('app-gone'));
    tag(made, `${writer} until 2026-12-01`, 'app-wide');
    tag(made, writer, 'app-new');
    for (const name of names) setRole(made, roleRef(name), []);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    const report = await run(made, braked);
    expect(report.limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await repair(made, braked);
    expect(boundNames(made)).toEqual(names);
    expect(bindings(made, writerPolicy)).toEqual([
      { role: user, members: [memberOf(settings, roleRef('app-new'))] },
      {
        role: user,
        members: [memberOf(settings, roleRef('app-wide'))],
        condition: untilCondition('2026-12-02T00:00:00Z'),
      },
    ]);
  });

  it('holds what a moved tag would remove, its config included; the new access is given', async () => {
    const made = await granted();
    for (const name of names) tag(made, writer, name);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    await run(made, braked);
    await repair(made, braked);
    expect(boundNames(made)).toEqual(names);
    expect(writes(made).filter((call) => call.includes('Parameter'))).toEqual([]);
    expect(bindings(made, writerPolicy)[0]?.members).toHaveLength(names.length);
  });

  it('a role event of its own is not held, whatever drift comes with it', async () => {
    const made = await granted();
    setRole(made, roleRef('app-a'), []);
    const drift = requestOf({ role: roleRef('app-a'), released: [] });
    await reconcile(settings, memoryPorts(made), [drift]);
    expect(boundNames(made)).toEqual(names);
    await reconcile(settings, memoryPorts(made), [drift, { ...drift, namedKeys: ['google-access'] }]);
    expect(boundNames(made)).toEqual(['app-b', 'app-c']);
  });

  it('a policy that could not be read is no way around it', async () => {
    const made = await granted();
    made.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await run(made, narrow)).drifts).toEqual([]);
    made.before = () => undefined;
    await repair(made, narrow);
    expect(boundNames(made)).toEqual(names);
    expect(places(made)).toHaveLength(6);
  });

  it('a drift from before the guardrail was narrowed does not revoke what was not counted', async () => {
    const made = await granted();
    made.parameters.delete('eu-west-1 /google-access/app-a/default');
    await run(made);
    const [old] = made.drifts;
    made.drifts.length = 0;
    await run(made, narrow);
    if (old !== undefined) made.drifts.push(old);
    await repair(made, narrow);
    expect(boundNames(made)).toEqual(names);
  });

  it('roles that were not seen could not be counted: then nothing is revoked', async () => {
    const made = await granted();
    for (const name of names) setRole(made, roleRef(name), []);
    made.pageSize = 2;
    let pages = 0;
    made.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails' && (pages += 1) > 1) throw unavailable(call);
    };
    const report = await run(made);
    expect(report.limits).toEqual([
      { accountId, kind: 'incomplete', released: 0, approved: 0, held: 2, limit: 25 },
    ]);
    expect(made.held).toEqual([]);
    await repair(made);
    expect(boundNames(made)).toEqual(names);
  });

  it('roles that are granted while the sweep looks are no revocations', async () => {
    const made = await granted();
    made.before = async (call) => {
      if (call !== 'GetAccountAuthorizationDetails') return;
      made.before = () => undefined;
      const late = ['app-d', 'app-e', 'app-f'].map((name) => ({ ...requestOf({ role: roleRef(name) }) }));
      for (const { ref } of late) tag(made, reader, ref.roleName);
      await reconcile(
        settings,
        memoryPorts(made),
        late.map((one) => ({ ...one, namedKeys: ['google-access'] }) as const),
      );
    };
    const none = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await run(made, none)).limits).toEqual([]);
  });

  it('access that has ended by itself does not count, though its tag is gone', async () => {
    const made = world();
    for (const name of names) tag(made, `${reader} until 2026-11-24T13:00:00Z`, name);
    await settleAll(made);
    for (const name of names) setRole(made, roleRef(name), []);
    made.now = new Date('2026-11-24T13:00:00Z');
    expect((await run(made, narrow)).limits).toEqual([]);
    await repair(made, narrow);
    expect(boundNames(made)).toEqual([]);
  });
});
