import { plan } from '../../shared/app/plan.ts';
import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import {
  asked,
  bucket,
  bucketRule,
  bucketWorld,
  creator,
  direct,
  eve,
  tagFor,
  takeOutcomes,
  viewer,
  withCreator,
} from '../support/bucket-world.ts';
import { deleteRole, type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';
import { drifted, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { bindingsOf, member, parameterPlaces, tagRole } from '../support/world.ts';

const known: GoogleRoleState = {
  kind: 'read',
  permissions: ['storage.objects.get', 'storage.objects.list', 'resourcemanager.projects.get'],
};
const other = memberOf(settings, roleRef('app-old'));
const config = (region: string): string => `${region} /google-access/reports/in`;

describe('a Google role on a resource', () => {
  it('is bound under that role, listed, and published without a service account and with its project', async () => {
    const world = bucketWorld();
    tagFor(world);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
    expect(entriesOf(world)).toMatchObject([
      { googleRole: viewer, resource: bucket, member, grants: ['in'] },
    ]);
    expect(JSON.parse(world.parameters.get(config('us-east-1'))?.value ?? '')).not.toHaveProperty(
      'service_account_impersonation_url',
    );
    expect(world.parameters.get(`${config('eu-west-1')}.project`)?.value).toBe('acme-data');
    expect(takeOutcomes(world)).toEqual([
      {
        type: 'Granted',
        grant: 'in',
        target: { kind: 'direct', googleRole: viewer, resource: bucket },
        reason: 'Granted; effective within minutes.',
      },
    ]);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });

  it('is removed with its tag, along with its config and its project; every other member stays', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(takeOutcomes(world)).toMatchObject([{ type: 'Revoked', grant: 'in' }]);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });

  it('is removed with its role, by the sweep alone', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    deleteRole(world, reports);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('is bound with its end, and moves when the end does', async () => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    tagFor(world, `${asked} until 2026-12-02`);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket).flatMap(({ condition }) => condition?.expression ?? [])).toEqual([
      'request.time < timestamp("2026-12-03T00:00:00Z")',
    ]);
  });

  it('is a separate grant from another Google role on the same resource', async () => {
    const world = bucketWorld();
    tagRole(world, { 'google-access/in': asked, 'google-access/out': `${creator} on ${bucket}` });
    await settleAll(world, withCreator);
    expect(bindingsOf(world, bucket)).toEqual([
      { role: viewer, members: [...eve.members, member] },
      { role: creator, members: [member] },
    ]);
    tagFor(world);
    await runReconcile(world, [requestFor()], withCreator);
    expect(takeOutcomes(world)).toMatchObject([{ type: 'Revoked', grant: 'out' }]);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('is counted in a sweep: its policy by the name of the resource, and the number of its kind', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    expect(await runSweep(world, direct)).toMatchObject({
      fullestPolicy: { resource: bucket, principals: 2 },
      directAccess: new Map([['bucket', 1]]),
    });
  });

  it('has reasons in a plan why it cannot be bound, and the command that helps', async () => {
    const world = bucketWorld();
    tagFor(world);
    const obstacles = async (using: Settings) =>
      (await plan(using, memorySweepPorts(world))).roles.flatMap(({ changes }) =>
        changes.flatMap(({ obstacle }) => obstacle ?? []),
      );
    expect(await obstacles(direct)).toEqual([
      'its own allow policy does not let rolebridge edit it: unless its project does, opt it in with "rolebridge setup --opt-in-resource buckets/acme-in"',
    ]);
    // Another bucket answers, so Google's "not found" shows that this one is gone.
    const second = 'buckets/acme-two';
    world.policies.delete(bucket);
    setPolicy(world, second, {});
    tagRole(world, { 'google-access/two': `${viewer} on ${second}` }, 'app-two');
    expect(
      await obstacles({ ...direct, allow: [...settings.allow, { ...bucketRule, on: [bucket, second] }] }),
    ).toContain('Google has no buckets/acme-in');
    const project = 'projects/acme-data';
    const user = 'roles/bigquery.jobUser';
    const onProject: Settings = { ...direct, allow: [{ ...bucketRule, grant: user, on: [project] }] };
    world.googleRoles.set(user, { kind: 'read', permissions: ['bigquery.jobs.create'] });
    setPolicy(world, project, { bindings: [] });
    tagFor(world, `${user} on ${project}`);
    expect(await obstacles(onProject)).toEqual([
      'its own allow policy does not let rolebridge edit it: unless its folder or organization does, opt it in with "rolebridge setup --opt-in-project-grants acme-data"',
    ]);
  });

  it('is removed by the sweep if another tool’s rewrite brought it back, and restored if one dropped it', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    setPolicy(world, bucket, { bindings: [eve] });
    await runSweep(world, direct);
    expect(drifted(world)).toEqual([['reports', `bind ${asked}`]]);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [...eve.members, member, other] }] });
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('is not read, and costs no call, if no rule grants one', async () => {
    const world = bucketWorld();
    tagFor(world);
    await runReconcile(world, [requestFor()]);
    expect(world.calls.filter((call) => call.includes(bucket) || call.startsWith('getRole'))).toEqual([]);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Refused', reason: expect.stringContaining('no rule under "allow"') },
    ]);
  });
});

describe('a Google role whose permissions do not allow it', () => {
  it.each<[string, GoogleRoleState, string, string]>([
    [
      'that may grant access on',
      { kind: 'read', permissions: ['storage.buckets.setIamPolicy'] },
      'Refused',
      'lets the role give access to anyone',
    ],
    [
      'with a permission that no list knows',
      { kind: 'read', permissions: ['storage.objects.new'] },
      'Refused',
      'not on rolebridge',
    ],
    ['that Google does not know', { kind: 'absent' }, 'Refused', 'Google knows no role'],
    ['that cannot be read', { kind: 'unreadable', reason: '503.' }, 'Failed', 'could not be read: 503.'],
  ])('%s is not granted', async (_, state, type, reason) => {
    const world = bucketWorld();
    world.googleRoles.set(viewer, state);
    tagFor(world);
    const delivery = type === 'Failed' ? 'last' : 'first';
    await runReconcile(world, [requestFor('reports', { delivery })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(takeOutcomes(world)).toMatchObject([{ type, reason: expect.stringContaining(reason) }]);
  });

  it.each<[string, GoogleRoleState, boolean]>([
    ['may be dangerous now, ends', { kind: 'read', permissions: ['storage.objects.setIamPolicy'] }, false],
    ['has a new permission, stays', { kind: 'read', permissions: ['storage.objects.new'] }, true],
    ['does not exist according to one answer from Google, stays', { kind: 'absent' }, true],
    ['cannot be read, stays', { kind: 'unreadable', reason: '503.' }, true],
  ])('that was granted before and %s', async (_, state, stays) => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, state);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket).some(({ members }) => members.includes(member))).toBe(stays);
    // An event of the role does not change that.
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket).some(({ members }) => members.includes(member))).toBe(stays);
  });
});

const unknown: GoogleRoleState = { kind: 'read', permissions: ['storage.objects.new'] };
const unread: GoogleRoleState = { kind: 'unreadable', reason: '503.' };
const ends = (world: MemoryWorld): readonly (string | undefined)[] =>
  bindingsOf(world, bucket)
    .filter(({ members }) => members.includes(member))
    .map(({ condition }) => condition?.expression?.slice(26, 36));

describe('a Google role that may not be granted again', () => {
  it.each<[string, GoogleRoleState]>([
    ['cannot be read', unread],
    ['has a new permission', unknown],
    ['does not exist according to one answer from Google', { kind: 'absent' }],
  ])('keeps the entry of its access while the policy cannot be read either, if it %s', async (_, state) => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    world.googleRoles.set(viewer, state);
    world.before = (call) => {
      if (call === `getIamPolicy ${bucket}`) throw unavailable(call);
    };
    await runReconcile(world, [requestFor()], direct);
    expect(entriesOf(world)).toHaveLength(1);
    world.before = () => undefined;
    tagRole(world, {});
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access/in'] })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(entriesOf(world)).toEqual([]);
  });

  it.each<[string, GoogleRoleState, string, string]>([
    ['it has a new permission: to a later day', unknown, '2026-12-05', '2026-12-06'],
    ['it cannot be read: to an earlier day', unread, '2026-11-28', '2026-11-29'],
    ['it cannot be read: not to a later day', unread, '2026-12-05', '2026-12-02'],
  ])('keeps access whose end the tag may move, even if %s', async (_, state, until, expected) => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, state);
    tagFor(world, `${asked} until ${until}`);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(ends(world)).toEqual([expected]);
  });

  it.each([
    ['to a later day', ' until 2026-12-05', '2026-12-02'],
    ['away', '', '2026-12-02'],
    ['to an earlier day', ' until 2026-11-28', '2026-11-29'],
  ])('keeps its access if it cannot be read while an event moves the end %s', async (_, until, expected) => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, unread);
    tagFor(world, `${asked}${until}`);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access/in'] })], direct);
    expect(ends(world)).toEqual([expected]);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('keeps its binding, and the plan shows that the configs of an untagged grant go all the same', async () => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, unread);
    const tags = [{ key: 'google-access', value: asked }];
    const whatIf = { roleName: 'reports', tags, untagged: ['google-access/in'] };
    const { roles } = await plan(direct, memorySweepPorts(world), {
      roles: [{ roleName: 'reports' }],
      whatIf,
    });
    const shown = roles.flatMap(({ changes }) =>
      changes.flatMap(({ change, isHeld }) =>
        change.kind === 'unpublish' && !isHeld ? [`${change.region} ${change.name}`] : [],
      ),
    );

    const before = new Set(world.parameters.keys());
    tagRole(world, { 'google-access': asked });
    const namedKeys = ['google-access', 'google-access/in'];
    await runReconcile(world, [requestFor('reports', { namedKeys })], direct);
    const removed = [...before].filter((name) => !world.parameters.has(name));
    expect(removed).toHaveLength(4);
    expect(shown.toSorted()).toEqual(removed.toSorted());
    expect(bindingsOf(world, bucket).some(({ members }) => members.includes(member))).toBe(true);
  });

  it.each([
    ['under another grant', {}],
    ['under another grant, and an account under its own', { 'google-access/in': reader }],
  ])(
    'causes no revocation in the sweep and in the plan while it cannot be read, if a tag requests a later end %s',
    async (_, tags) => {
      const world = bucketWorld();
      tagFor(world, `${asked} until 2026-12-01`);
      await settleAll(world, direct);
      world.googleRoles.set(viewer, unread);
      tagRole(world, { ...tags, 'google-access/later': `${asked} until 2026-12-05` });
      const none: Settings = { ...direct, sweep: { ...direct.sweep, maxRevocations: 0 } };
      expect((await runSweep(world, none)).limits).toEqual([]);
      const { roles } = await plan(direct, memorySweepPorts(world));
      expect(
        roles.flatMap(({ changes }) =>
          changes.filter(({ change }) => 'access' in change && change.access === asked),
        ),
      ).toEqual([]);
      await runSweep(world, direct);
      await runRepair(world, direct);
      expect(ends(world)).toEqual(['2026-12-02']);
      expect(world.parameters.get(config('us-east-1'))?.value).not.toContain('impersonation');
    },
  );

  it.each([
    ['has a new permission', unknown],
    ['cannot be read', unread],
  ])('is not granted because a binding of another casing exists, if it %s', async (_, state) => {
    const world = bucketWorld([eve, { role: viewer, members: [memberOf(settings, roleRef('REPORTS'))] }]);
    world.googleRoles.set(viewer, state);
    tagFor(world);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access/in'] })], direct);
    expect(ends(world)).toEqual([]);
  });

  it('is not granted again after its access has ended', async () => {
    const world = bucketWorld();
    tagFor(world, `${asked} until 2026-11-25`);
    await settleAll(world, direct);
    world.now = new Date('2026-11-27T00:00:00Z');
    world.googleRoles.set(viewer, unknown);
    tagFor(world);
    await runReconcile(world, [requestFor()], direct);
    expect(ends(world)).not.toContain(undefined);
  });

  it('is a refusal in the plan, too, and a blind spot if it cannot be read', async () => {
    const world = bucketWorld();
    tagFor(world);
    for (const state of [unknown, known]) {
      world.googleRoles.set(viewer, state);
      const { roles } = await plan(direct, memorySweepPorts(world));
      expect(roles.map(({ grants, refusals }) => [grants.length, refusals.length])).toEqual([
        state === known ? [1, 0] : [0, 1],
      ]);
    }
    world.googleRoles.set(viewer, unread);
    expect((await plan(direct, memorySweepPorts(world))).blindSpots).toEqual([
      { what: `the permissions of ${viewer}`, reason: '503.' },
    ]);
  });
});
