import { plan } from '../../shared/app/plan.ts';
import { usedLists } from '../../shared/core/adopt.ts';
import type { GoogleRoleState } from '../../shared/core/google-role.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import {
  asked,
  bucket,
  bucketRule,
  bucketWorld,
  creator,
  direct,
  eve,
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
const late = memberOf(settings, roleRef('app-late'));
const tag = (world: MemoryWorld, value = asked): void => tagRole(world, { 'google-access/in': value });
const outcomesOf = (world: MemoryWorld) =>
  world.outcomes
    .splice(0)
    .map(({ type, detail: { grant, target, reason } }) => ({ type, grant, target, reason }));
const config = (region: string): string => `${region} /google-access/reports/in`;

describe('a Google role on a resource', () => {
  it('is bound under that role, listed, and published without a service account and with its project', async () => {
    const world = bucketWorld();
    tag(world);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
    expect(entriesOf(world)).toMatchObject([
      { googleRole: viewer, resource: bucket, member, grants: ['in'] },
    ]);
    expect(JSON.parse(world.parameters.get(config('us-east-1'))?.value ?? '')).not.toHaveProperty(
      'service_account_impersonation_url',
    );
    expect(world.parameters.get(`${config('eu-west-1')}.project`)?.value).toBe('acme-data');
    expect(outcomesOf(world)).toEqual([
      {
        type: 'Granted',
        grant: 'in',
        target: { kind: 'direct', googleRole: viewer, resource: bucket },
        reason: 'Granted; effective within minutes.',
      },
    ]);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });

  it('goes with its tag, with its config and its project, and leaves everyone else', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomesOf(world)).toMatchObject([{ type: 'Revoked', grant: 'in' }]);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });

  it('goes with its role, by the sweep alone', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    deleteRole(world, reports);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('is bound with its end, and moves when the end does', async () => {
    const world = bucketWorld();
    tag(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    tag(world, `${asked} until 2026-12-02`);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket).flatMap(({ condition }) => condition?.expression ?? [])).toEqual([
      'request.time < timestamp("2026-12-03T00:00:00Z")',
    ]);
  });

  it('is one access beside another Google role on the same resource', async () => {
    const world = bucketWorld();
    tagRole(world, { 'google-access/in': asked, 'google-access/out': `${creator} on ${bucket}` });
    await settleAll(world, withCreator);
    expect(bindingsOf(world, bucket)).toEqual([
      { role: viewer, members: [...eve.members, member] },
      { role: creator, members: [member] },
    ]);
    tag(world);
    await runReconcile(world, [requestFor()], withCreator);
    expect(outcomesOf(world)).toMatchObject([{ type: 'Revoked', grant: 'out' }]);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('shows in a sweep: its policy by the name of the resource, and how many there are of its kind', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    expect(await runSweep(world, direct)).toMatchObject({
      fullestPolicy: { resource: bucket, principals: 2 },
      directAccess: new Map([['bucket', 1]]),
    });
  });

  it('shows in a plan what may keep it from being bound, and the command that helps', async () => {
    const world = bucketWorld();
    tag(world);
    const obstacles = async (using: Settings) =>
      (await plan(using, memorySweepPorts(world))).roles.flatMap(({ changes }) =>
        changes.flatMap(({ obstacle }) => obstacle ?? []),
      );
    expect(await obstacles(direct)).toEqual([
      'its own allow policy does not let rolebridge edit it: unless its project does, opt it in with "rolebridge setup --opt-in-resource buckets/acme-in"',
    ]);
    // Another bucket answers: so Google's "not found" says that this one is gone.
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
    tag(world, `${user} on ${project}`);
    expect(await obstacles(onProject)).toEqual([
      'its own allow policy does not let rolebridge edit it: unless its folder or organization does, opt it in with "rolebridge setup --opt-in-project-grants acme-data"',
    ]);
  });

  it('is removed by the sweep where another tool’s rewrite brought it back, and restored where one dropped it', async () => {
    const world = bucketWorld();
    tag(world);
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

  it('is not asked about, and costs no call, where no rule grants one', async () => {
    const world = bucketWorld();
    tag(world);
    await runReconcile(world, [requestFor()]);
    expect(world.calls.filter((call) => call.includes(bucket) || call.startsWith('getRole'))).toEqual([]);
    expect(outcomesOf(world)).toMatchObject([
      { type: 'Refused', reason: expect.stringContaining('no rule under "allow"') },
    ]);
  });
});

describe('a Google role whose permissions do not allow it', () => {
  it.each<[string, GoogleRoleState, string, string]>([
    [
      'that may give access on',
      { kind: 'read', permissions: ['storage.buckets.setIamPolicy'] },
      'Refused',
      'lets the role give access to anyone',
    ],
    [
      'with one that no list knows',
      { kind: 'read', permissions: ['storage.objects.new'] },
      'Refused',
      'not on rolebridge',
    ],
    ['that Google does not know', { kind: 'absent' }, 'Refused', 'Google knows no role'],
    ['that cannot be read', { kind: 'unreadable', reason: '503.' }, 'Failed', 'could not be read: 503.'],
  ])('%s is not granted', async (_, state, type, reason) => {
    const world = bucketWorld();
    world.googleRoles.set(viewer, state);
    tag(world);
    const delivery = type === 'Failed' ? 'last' : 'first';
    await runReconcile(world, [requestFor('reports', { delivery })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomesOf(world)).toMatchObject([{ type, reason: expect.stringContaining(reason) }]);
  });

  it.each<[string, GoogleRoleState, boolean]>([
    ['may be dangerous now, ends', { kind: 'read', permissions: ['storage.objects.setIamPolicy'] }, false],
    ['has a new permission, stays', { kind: 'read', permissions: ['storage.objects.new'] }, true],
    ['is gone by one answer of Google’s, stays', { kind: 'absent' }, true],
    ['cannot be read, stays', { kind: 'unreadable', reason: '503.' }, true],
  ])('and that was granted before and %s', async (_, state, stays) => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, state);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket).some(({ members }) => members.includes(member))).toBe(stays);
    // An event of the role changes nothing of that.
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

describe('a Google role that may not be granted anew', () => {
  it.each<[string, GoogleRoleState]>([
    ['cannot be read', unread],
    ['has a new permission', unknown],
    ['is gone by one answer of Google’s', { kind: 'absent' }],
  ])('keeps the entry of its access while the policy cannot be read either, if it %s', async (_, state) => {
    const world = bucketWorld();
    tag(world);
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
  ])('its access keeps an end that the tag may move, although %s', async (_, state, until, expected) => {
    const world = bucketWorld();
    tag(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, state);
    tag(world, `${asked} until ${until}`);
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
    tag(world, `${asked} until 2026-12-01`);
    await settleAll(world, direct);
    world.googleRoles.set(viewer, unread);
    tag(world, `${asked}${until}`);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access/in'] })], direct);
    expect(ends(world)).toEqual([expected]);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it.each([
    ['under another grant', {}],
    ['under another grant, and an account under its own', { 'google-access/in': reader }],
  ])(
    'is no revocation in the sweep and in the plan while it cannot be read, if a tag asks for a later end %s',
    async (_, tags) => {
      const world = bucketWorld();
      tag(world, `${asked} until 2026-12-01`);
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
  ])('is not granted because a binding of another casing is there, if it %s', async (_, state) => {
    const world = bucketWorld([eve, { role: viewer, members: [memberOf(settings, roleRef('REPORTS'))] }]);
    world.googleRoles.set(viewer, state);
    tag(world);
    await runReconcile(world, [requestFor('reports', { namedKeys: ['google-access/in'] })], direct);
    expect(ends(world)).toEqual([]);
  });

  it('is not granted again after its access has ended', async () => {
    const world = bucketWorld();
    tag(world, `${asked} until 2026-11-25`);
    await settleAll(world, direct);
    world.now = new Date('2026-11-27T00:00:00Z');
    world.googleRoles.set(viewer, unknown);
    tag(world);
    await runReconcile(world, [requestFor()], direct);
    expect(ends(world)).not.toContain(undefined);
  });

  it('is a refusal in the plan, too, and a blind spot where it cannot be read', async () => {
    const world = bucketWorld();
    tag(world);
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

/** Members on the list that the site's entry names. */
const inheritedIn = ({ table }: MemoryWorld): readonly string[] => {
  const view = readTable([...table.values()]);
  return usedLists(view).flatMap(({ open }) => open);
};

describe('members that were bound by hand', () => {
  const byHand = [{ role: viewer, members: [...eve.members, other] }];

  it('stay when a rule is added over them, whatever is granted beside them', async () => {
    const world = bucketWorld(byHand);
    tagRole(world, {}, 'app-old');
    tag(world);
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
    await runReconcile(world, [requestFor('app-old')], direct);
    deleteRole(world, roleRef('app-old'));
    await runReconcile(world, [requestFor('app-old')], direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('are ours once their role has a tag for the same access, and then go with it', async () => {
    const world = bucketWorld(byHand);
    tag(world);
    await settleAll(world, direct);
    tagRole(world, { 'google-access/in': asked }, 'app-old');
    await settleAll(world, direct);
    tagRole(world, {}, 'app-old');
    await runReconcile(world, [requestFor('app-old')], direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('are not taken for ours when the ledger is lost; those that became ours are', async () => {
    const world = bucketWorld(byHand);
    const third = memberOf(settings, roleRef('app-third'));
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [...eve.members, other, third] }] });
    tag(world);
    tagRole(world, { 'google-access/in': asked }, 'app-third');
    await settleAll(world, direct);
    await runSweep(world, direct);
    for (const key of world.table.keys()) if (key.startsWith('role#')) world.table.delete(key);
    tagRole(world, {}, 'app-third');
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('enter their site when a tag takes them over, so that what comes later is seen', async () => {
    const world = bucketWorld([{ role: viewer, members: [...eve.members, member] }]);
    tag(world);
    await settleAll(world, direct);
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [...eve.members, member, other] }] });
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('stay under Google roles that no rule names', async () => {
    const legacy = { role: 'roles/storage.legacyBucketReader', members: [member] };
    const world = bucketWorld([...byHand, legacy]);
    tag(world);
    await settleAll(world, direct);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([...byHand, legacy]);
  });

  it('stay when the rule returns after it was drained', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    // Without the rule, the access ends, and the sweep forgets the site after an hour.
    for (let sweep = 0; sweep < 4; sweep += 1) {
      await runSweep(world);
      await runRepair(world);
      world.now = new Date(world.now.getTime() + 45 * 60 * 1000);
    }
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect([...world.table.keys()].filter((key) => key.includes(bucket))).toEqual([]);
    setPolicy(world, bucket, { bindings: byHand });
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay if they are bound while their site is entered', async () => {
    const world = bucketWorld();
    tagRole(world, {}, 'app-old');
    tag(world);
    world.before = (call) => {
      if (call.startsWith('PutItem scope site#')) {
        world.before = () => undefined;
        setPolicy(world, bucket, { bindings: byHand });
      }
    };
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it.each([
    ['their list', 'PutItem scope inherited#'],
    ['the policy, after the site', `getIamPolicy ${bucket}`],
  ])('stay if %s could not be reached, and the next event completes it', async (_, refused) => {
    const world = bucketWorld(byHand);
    tagRole(world, {}, 'app-old');
    tag(world);
    world.before = (call) => {
      const isEntered = [...world.table.keys()].some((key) => key.startsWith('scope site#'));
      if (isEntered && call.startsWith(refused)) throw unavailable(call);
    };
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    world.before = () => undefined;
    await settleAll(world, direct);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...eve.members, other, member, late] }],
    });
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay, and nothing is bound, where the entry of the site cannot be read', async () => {
    const world = bucketWorld(byHand);
    tag(world);
    const [pk, sk] = ['scope', `site#${asked}`];
    world.table.set(`${pk} ${sk}`, { pk, sk, revision: 'r', body: '{"version":2}' });
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(outcomesOf(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('not one that this version of rolebridge can read') },
    ]);
  });

  it('stay where strangers take the bucket while it is entered', async () => {
    const world = bucketWorld(byHand);
    tag(world);
    world.after = (call) => {
      if (call.startsWith('PutItem scope site#')) world.owners.set(bucket, '999');
    };
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(outcomesOf(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('belongs to project number 999 now') },
    ]);
  });

  it('are not taken by two functions that enter the site at the same time', async () => {
    const world = bucketWorld(byHand);
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    tag(world);
    let isFirst = true;
    world.after = async (call) => {
      if (!isFirst || !call.startsWith('PutItem scope site#')) return;
      isFirst = false;
      await runReconcile(world, [requestFor('app-two')], direct);
    };
    await runReconcile(world, [requestFor()], direct);
    expect(inheritedIn(world)).toEqual([other]);
    await settleAll(world, direct);
    tagRole(world, {}, 'app-two');
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay, and nothing is bound, if others write the entry of the site again and again', async () => {
    const world = bucketWorld(byHand);
    tag(world);
    let writes = 0;
    world.before = (call) => {
      const item = world.table.get(`scope site#${asked}`);
      if (!call.startsWith('PutItem scope site#') || item === undefined) return;
      writes += 1;
      if (writes > 100) throw new Error('There is no end.');
      world.table.set(`scope site#${asked}`, { ...item, revision: `others-${writes}` });
    };
    const [report] = await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(report?.retry?.message).toContain(`Others wrote the ledger's item of ${asked} 10 times`);
    world.before = () => undefined;
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay although a forged drift releases them', async () => {
    const world = bucketWorld(byHand);
    tag(world);
    tagRole(world, {}, 'app-old');
    await settleAll(world, direct);
    world.drifts.push({
      version: 1,
      id: 'forged',
      role: roleRef('app-old'),
      changes: [],
      resources: [bucket],
      strays: [],
      released: [asked],
      mayLeave: [asked],
      absent: [],
      at: world.now.toISOString(),
    });
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });
});

describe('members of a pool that the file names later', () => {
  const next: Settings = { ...direct, google: { ...direct.google, pool: 'aws-next' } };
  const [oldInNext, mineInNext, lateInNext] = ['app-old', 'reports', 'app-late'].map((name) =>
    memberOf(next, roleRef(name)),
  );
  const membersIn = (world: MemoryWorld) => bindingsOf(world, bucket).flatMap(({ members }) => members);
  const hours = async (world: MemoryWorld, using: Settings, count: number): Promise<void> => {
    for (let sweep = 0; sweep < count; sweep += 1) {
      world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
      await settleAll(world, using);
    }
  };

  it.each([
    ['bound before the site was used', true],
    ['bound after that', false],
  ])('stay if they were %s', async (_, isEarly) => {
    const world = bucketWorld();
    const foreign = { bindings: [{ role: viewer, members: [...eve.members, oldInNext ?? ''] }] };
    if (isEarly) setPolicy(world, bucket, foreign);
    tag(world);
    await settleAll(world, direct);
    if (!isEarly)
      setPolicy(world, bucket, {
        bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
      });
    await settleAll(world, next);
    await settleAll(world, next);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
    // From then on, the pool has been used there.
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), lateInNext ?? ''] }],
    });
    await settleAll(world, next);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  it('stay beside those that a person keeps', async () => {
    const world = bucketWorld([{ role: viewer, members: [...eve.members, other] }]);
    tag(world);
    await settleAll(world, direct);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await settleAll(world, next);
    await settleAll(world, next);
    expect(new Set(inheritedIn(world))).toEqual(new Set([other, oldInNext]));
    expect(membersIn(world)).toEqual(expect.arrayContaining([other, oldInNext, mineInNext]));
  });

  it('stay if the pool comes back after it had left', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, next);
    await hours(world, direct, 4);
    expect([...world.table.keys()].filter((key) => key.includes('aws-next'))).toEqual([]);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await hours(world, next, 3);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  const isInScope = ({ table }: MemoryWorld): boolean =>
    [...table.keys()].some((key) => key.startsWith('scope pool#') && key.endsWith('aws-next'));

  it('stay if the pool comes back before the sweep after that with which it left', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, next);
    while (isInScope(world)) await hours(world, direct, 1);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await hours(world, next, 3);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  it.each([
    [
      'someone else writes',
      (world: MemoryWorld, key: string) => {
        const item = world.table.get(key);
        if (item !== undefined) world.table.set(key, { ...item, revision: `others-${world.now.getTime()}` });
      },
    ],
    [
      'the sweep cannot write',
      (_: MemoryWorld, key: string) => {
        throw unavailable(key);
      },
    ],
  ])('keep their pool in the scope while %s the entry of the site', async (_, write) => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, next);
    world.before = (call) => {
      if (call === `PutItem scope site#${asked}`) write(world, call.slice('PutItem '.length));
    };
    await hours(world, direct, 6);
    expect(isInScope(world)).toBe(true);
    world.before = () => undefined;
    await hours(world, direct, 2);
    expect(isInScope(world)).toBe(false);
    expect([...world.table.values()].filter(({ body }) => body.includes('aws-next'))).toEqual([]);
  });
});

describe('a resource that is gone', () => {
  const second = 'buckets/acme-two';
  const both: Settings = { ...direct, allow: [...settings.allow, { ...bucketRule, on: [bucket, second] }] };

  it.each([
    ['and another one answers: its entries leave the ledger', true],
    ['and no other one answers: nothing is concluded', false],
  ])('%s', async (_, isAnswered) => {
    const world = bucketWorld();
    setPolicy(world, second, {});
    tagRole(world, { 'google-access/in': asked, 'google-access/two': `${viewer} on ${second}` });
    await settleAll(world, both);
    world.policies.delete(bucket);
    if (!isAnswered) world.denied.add(second);
    tagRole(world, isAnswered ? { 'google-access/two': `${viewer} on ${second}` } : {});
    await settleAll(world, both);
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    await settleAll(world, both);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual(
      isAnswered ? [second] : [bucket, second],
    );
    expect((await runSweep(world, both)).blindSpots.length > 0).toBe(!isAnswered);
  });
});

describe('a resource that is gone, among others that are gone', () => {
  it('leaves the ledger: those are not asked whether Google answers', async () => {
    const dead = ['buckets/acme-a', 'buckets/acme-b', 'buckets/acme-c'];
    const [first = '', ...rest] = dead;
    const using: Settings = { ...direct, allow: [{ ...bucketRule, on: [first, ...rest, bucket] }] };
    const world = bucketWorld();
    for (const name of dead) setPolicy(world, name, {});
    tagRole(
      world,
      Object.fromEntries(dead.map((on, grant) => [`google-access/g${grant}`, `${viewer} on ${on}`])),
    );
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    await settleAll(world, using);
    expect(entriesOf(world)).toHaveLength(dead.length);
    for (const name of dead) world.policies.delete(name);
    tagRole(world, {});
    for (let sweep = 0; sweep < 2; sweep += 1) {
      world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
      await settleAll(world, using);
    }
    expect(entriesOf(world)).toEqual([]);
    expect((await runSweep(world, using)).drifts).toEqual([]);
  });

  it('leaves the ledger also where nothing asked for the others for long', async () => {
    const dead = ['buckets/acme-a', 'buckets/acme-b', 'buckets/acme-c', 'buckets/acme-d'];
    const [first = '', ...rest] = dead;
    const using: Settings = { ...direct, allow: [{ ...bucketRule, on: [first, ...rest, bucket] }] };
    const world = bucketWorld();
    setPolicy(world, 'buckets/acme-d', {});
    tag(world, `${viewer} on buckets/acme-d`);
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    await settleAll(world, using);
    expect(entriesOf(world)).toHaveLength(1);
    world.policies.delete('buckets/acme-d');
    tagRole(world, {});
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    await settleAll(world, using);
    expect(entriesOf(world)).toEqual([]);
  });
});

describe('access at a site', () => {
  it('of a role that lost its tag unseen counts under the revocation limit', async () => {
    const world = bucketWorld();
    const names = ['app-a', 'app-b', 'app-c'];
    for (const name of names) tagRole(world, { 'google-access/in': asked }, name);
    await settleAll(world, direct);
    for (const name of names) tagRole(world, {}, name);
    const { limits } = await runSweep(world, { ...direct, sweep: { ...direct.sweep, maxRevocations: 2 } });
    expect(limits).toMatchObject([{ kind: 'held', held: 3 }]);
    const [held] = world.held;
    expect(held?.revocations.map(({ role }) => role.roleName)).toEqual(names);
  });

  it('ends everywhere while everything is revoked', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    await runSweep(world, { ...direct, allow: [] });
    await runRepair(world, { ...direct, allow: [] });
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('is in the plan by its name', async () => {
    const world = bucketWorld();
    tag(world);
    const forecast = await plan(direct, memorySweepPorts(world));
    expect(
      forecast.roles[0]?.changes.map(({ change }) => ('access' in change ? change.access : change.kind)),
    ).toEqual([asked, asked, asked, asked, asked]);
    expect(forecast.blindSpots).toEqual([]);
  });

  it('of a bucket that strangers have now is not given', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    world.owners.set(bucket, '999');
    setPolicy(world, bucket, { bindings: [eve] });
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(outcomesOf(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('belongs to project number 999 now') },
    ]);
  });

  it('of a bucket that strangers have now, with our member, is a blind spot, and their policy is left alone', async () => {
    const world = bucketWorld();
    tag(world);
    await settleAll(world, direct);
    world.owners.set(bucket, '999');
    expect((await runSweep(world, direct)).blindSpots).toEqual([
      {
        what: `the allow policy of ${bucket}`,
        reason: expect.stringMatching(
          /^It gives access to role reports .*belongs to project number 999 now.* forget --resource/,
        ),
      },
    ]);
    tagRole(world, {});
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
    setPolicy(world, bucket, { bindings: [eve] });
    expect((await runSweep(world, direct)).blindSpots).toEqual([]);
  });

  it('of a bucket that strangers take while its policy is edited is not given', async () => {
    const world = bucketWorld();
    tag(world);
    let isTaken = false;
    world.before = (call) => {
      if (isTaken || call !== `setIamPolicy ${bucket}`) return;
      isTaken = true;
      world.owners.set(bucket, '999');
      setPolicy(world, bucket, { bindings: [eve] });
    };
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('of a bucket that would ignore it is not given, and says why', async () => {
    const world = bucketWorld();
    world.noBinds.set(bucket, 'Bucket acme-in ignores federated roles.');
    tag(world);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(entriesOf(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(outcomesOf(world)).toMatchObject([
      { type: 'Failed', reason: 'Bucket acme-in ignores federated roles.' },
    ]);
  });

  it('is granted beside a service account', async () => {
    const world = bucketWorld();
    tagRole(world, { 'google-access': reader, 'google-access/in': asked });
    await settleAll(world, direct);
    expect(entriesOf(world)).toHaveLength(2);
    expect(parameterPlaces(world)).toHaveLength(6);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });
});
