import { sweep } from '../../shared/app/sweep.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { OutcomeEntry } from '../../shared/history/entry.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { bob, historyOf, outcome, reportOf } from '../support/reporting.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { alice, settleAll } from '../support/sweeping.ts';
import { entryFor, setEntries, setKnown, setUsed } from '../support/table.ts';
import { createWorld } from '../support/world.ts';

const requester = {
  grant: 'default',
  requestedBy: bob,
  eventName: 'TagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T09:59:00.000Z',
};
const asking = { target: writer, tagValue: writer };
const tagsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
const worldWith = (tags: Readonly<Record<string, string>>): MemoryWorld => {
  const world = createWorld();
  setRole(world, reports, tagsOf(tags));
  setKnown(world);
  return world;
};

/** The requests that the guardrail refuses. */
const intern = { role: { ...roleRef('intern'), roleId: 'AROAINTERN' }, target: writer, tagValue: writer };
const refusing = (): MemoryWorld => {
  const world = worldWith({});
  setRole(world, roleRef('intern'), tagsOf({ 'google-access': writer }));
  return world;
};

describe('a row', () => {
  it('joins access, ledger entry and guardrail', async () => {
    const world = worldWith({ 'google-access': reader });
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader, { requesters: [requester] })]);
    const { rows, counts } = await reportOf(world);
    expect(rows).toEqual([
      {
        role: { ...reports, roleId: 'AROAREPORTS' },
        grant: 'default',
        target: reader,
        googleRole: workloadIdentityUser,
        resource: reader,
        state: 'bound',
        since: '2026-11-24T10:00:00.000Z',
        requestedBy: bob,
        event: { name: 'TagRole', id: 'e-1', at: '2026-11-24T09:59:00.000Z' },
        rule: expect.any(String),
      },
    ]);
    // Its configs are not published yet.
    expect(counts).toEqual({ active: 1, refused: 0, held: 0, drifted: 1, endingSoon: 0, unseen: 0 });
  });

  it('of a refused request has its reason, and its requester from the log', async () => {
    const world = refusing();
    const history = historyOf([
      outcome({ ...intern, id: 'o-1' }),
      outcome({ ...intern, id: 'o-2', requestedBy: 'someone', grant: 'other' }),
    ]);
    const { requestedBy: _, eventId: __, eventName: ___, ...bySweep } = outcome({ ...intern, id: 'o-3' });
    const { rows, counts } = await reportOf(world, {
      history: { ...history, entries: [...history.entries, { ...bySweep, because: 'sweep' }] },
    });
    expect(rows).toMatchObject([
      {
        state: 'refused',
        requestedBy: bob,
        // The log has the time of the answer.
        event: { name: 'TagRole', id: 'e-1', at: '2026-11-24T09:00:00.000Z' },
        reason: expect.stringContaining('guardrail'),
      },
    ]);
    expect(counts.refused).toBe(1);
  });

  it('of a binding never has a requester from the log: the ledger may have disproved that one', async () => {
    const world = worldWith({ 'google-access': reader });
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader)]);
    const { rows } = await reportOf(world, { history: historyOf([outcome({ result: 'Granted' })]) });
    expect(rows).toMatchObject([{ state: 'bound' }]);
    expect(rows[0]).not.toHaveProperty('requestedBy');
    expect(rows[0]).not.toHaveProperty('event');
  });

  it('has no requester from before the last revocation', async () => {
    const world = worldWith({ 'google-access': writer });
    const { requestedBy: _, eventId: __, eventName: ___, ...bySweep } = outcome({ id: 'o-3' });
    const asked = outcome({ ...asking, at: '2026-11-01T09:00:00.000Z' });
    const revoked = outcome({ result: 'Revoked', ...asking, id: 'o-2', at: '2026-11-02T09:00:00.000Z' });
    const history = historyOf([asked, revoked, { ...bySweep, ...asking, because: 'sweep' }]);
    const { rows } = await reportOf(world, { history });
    expect(rows[0]).not.toHaveProperty('requestedBy');
    const again = historyOf([asked, revoked, outcome({ ...asking })]);
    expect((await reportOf(world, { history: again })).rows).toMatchObject([{ requestedBy: bob }]);
  });

  it('keeps the requester of a refusal while bindings end that no tag requested', async () => {
    const {
      grant: _,
      tagValue: __,
      ...byHand
    } = outcome({
      ...intern,
      result: 'Revoked',
      id: 'o-2',
      at: '2026-11-22T09:00:00.000Z',
    });
    const refused = outcome({ ...intern, id: 'o-1', at: '2026-11-21T09:00:00.000Z' });
    const rowsAfter = async (...entries: readonly OutcomeEntry[]) =>
      (await reportOf(refusing(), { history: historyOf(entries) })).rows;
    expect(await rowsAfter(refused, byHand)).toMatchObject([{ state: 'refused', requestedBy: bob }]);
    const granted = { ...refused, result: 'Granted' as const };
    expect((await rowsAfter(granted, byHand))[0]).not.toHaveProperty('requestedBy');
  });

  it('has no requester from before an answer that names no one', async () => {
    const world = worldWith({ 'google-access': writer });
    const { requestedBy: _, eventId: __, ...undecided } = outcome({ ...asking, id: 'o-2' });
    const asked = outcome({ ...asking, at: '2026-11-01T09:00:00.000Z' });
    const { rows } = await reportOf(world, { history: historyOf([asked, undecided]) });
    expect(rows).toMatchObject([{ state: 'awaited', event: { name: 'TagRole' } }]);
    expect(rows[0]).not.toHaveProperty('requestedBy');
    expect(rows[0]?.event).not.toHaveProperty('id');
    const { eventName: ___, ...bySweep } = undecided;
    const later = historyOf([asked, undecided, { ...bySweep, because: 'sweep' }]);
    expect((await reportOf(world, { history: later })).rows[0]).not.toHaveProperty('requestedBy');
  });

  it('has nothing from the log of an earlier value of its tag, or of its removal', async () => {
    const value = `${reader} until 2026-12-31`;
    const world = worldWith({ 'google-access': value });
    const own = { role: 'roles/x', members: [`serviceAccount:${settings.google.serviceAccount}`] };
    setPolicy(world, readerPolicy, { bindings: [own] });
    const failed = outcome({ result: 'Failed', reason: 'Google did not answer.' });
    const { tagValue: _, ...untagged } = outcome({ id: 'o-2', result: 'Failed', eventName: 'UntagRole' });
    const { rows } = await reportOf(world, { history: historyOf([failed, untagged]) });
    for (const field of ['requestedBy', 'event', 'reason']) expect(rows[0]).not.toHaveProperty(field);
    const again = historyOf([failed, untagged, { ...failed, tagValue: value, id: 'o-3' }]);
    expect((await reportOf(world, { history: again })).rows).toMatchObject([
      { state: 'awaited', requestedBy: bob, reason: 'Google did not answer.' },
    ]);
  });

  it.each(['AROAOLD', undefined])('has nothing from the log of an earlier role: %s', async (roleId) => {
    const world = worldWith({ 'google-access': reader });
    const own = { role: 'roles/x', members: [`serviceAccount:${settings.google.serviceAccount}`] };
    setPolicy(world, readerPolicy, { bindings: [own] });
    const role = roleId === undefined ? reports : { ...reports, roleId };
    const failed = outcome({ role, result: 'Failed', reason: 'Google did not answer.' });
    const { requestedBy: _, eventId: __, eventName: ___, ...bySweep } = outcome({ id: 'o-2' });
    for (const history of [historyOf([failed]), historyOf([failed, { ...bySweep, because: 'sweep' }])]) {
      const { rows } = await reportOf(world, { history });
      expect(rows).toMatchObject([{ state: 'awaited' }]);
      for (const field of ['requestedBy', 'event', 'reason']) expect(rows[0]).not.toHaveProperty(field);
    }
  });

  it('of a tag that cannot be read has its value, and no resource', async () => {
    const { rows } = await reportOf(worldWith({ 'google-access': 'roles/x on' }));
    expect(rows).toMatchObject([{ state: 'refused', target: 'roles/x on' }]);
    expect(rows[0]).not.toHaveProperty('resource');
    expect(rows[0]).not.toHaveProperty('requestedBy');
  });

  it('that is not bound yet has the reason: an obstacle of the plan, or else the last failure', async () => {
    const world = worldWith({ 'google-access': reader });
    const plain = await reportOf(world);
    expect(plain.rows).toMatchObject([{ state: 'awaited', reason: expect.stringContaining('opt it in') }]);
    const own = { role: 'roles/x', members: [`serviceAccount:${settings.google.serviceAccount}`] };
    setPolicy(world, readerPolicy, { bindings: [own] });
    const failed = outcome({ result: 'Failed', reason: 'Google did not answer.' });
    const { rows } = await reportOf(world, { history: historyOf([failed]) });
    expect(rows).toMatchObject([{ state: 'awaited', reason: 'Google did not answer.', requestedBy: bob }]);
    expect(rows[0]).not.toHaveProperty('since');
    const granted = await reportOf(world, { history: historyOf([failed, outcome({ result: 'Granted' })]) });
    expect(granted.rows[0]).not.toHaveProperty('reason');
  });

  it('of a binding without a tag names its requester if there is only one', async () => {
    const world = worldWith({});
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader, { requesters: [requester] })]);
    expect((await reportOf(world)).rows).toMatchObject([{ state: 'unasked', requestedBy: bob }]);
    setEntries(world, [entryFor(reader, { requesters: [requester, { grant: 'b' }] })]);
    const { rows } = await reportOf(world);
    expect(rows[0]).not.toHaveProperty('requestedBy');
    setEntries(world, [entryFor(reader, { requesters: [{ grant: 'b' }] })]);
    expect((await reportOf(world)).rows[0]).not.toHaveProperty('event');
  });

  it('of several bindings on one account has the age of its own', async () => {
    const until = '2026-12-01T00:00:00Z';
    const world = worldWith({ 'google-access': `${reader} until 2026-11-30` });
    const condition = untilCondition(until);
    setPolicy(world, readerPolicy, { bindings: [binding([reports]), binding([reports], { condition })] });
    setEntries(world, [entryFor(reader), entryFor(reader, { condition, since: '2026-11-20T00:00:00.000Z' })]);
    const { rows, counts } = await reportOf(world);
    expect(rows.map(({ state, expiresAt, since }) => [state, expiresAt, since])).toEqual([
      ['bound', until, '2026-11-20T00:00:00.000Z'],
      ['unasked', undefined, '2026-11-24T10:00:00.000Z'],
    ]);
    expect(counts).toMatchObject({ active: 2, endingSoon: 1 });
  });

  it('of a binding in a former pool is its own, with the age and requester of its own entry', async () => {
    const world = worldWith({ 'google-access': reader });
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader, { requesters: [requester] })]);
    setUsed(world, 'pool', poolPath(settings));
    const using = { ...settings, google: { ...settings.google, pool: 'aws-new' } };
    const { rows, counts } = await reportOf(world, { using });
    const [awaited, former] = rows;
    expect(rows).toMatchObject([
      { grant: 'default', state: 'awaited' },
      { state: 'unasked', pool: poolPath(settings), since: '2026-11-24T10:00:00.000Z', requestedBy: bob },
    ]);
    expect(awaited).not.toHaveProperty('requestedBy');
    expect(former).not.toHaveProperty('grant');
    expect(counts.active).toBe(1);
  });

  it('of a binding in a former pool is there when its request is refused', async () => {
    const role = 'projects/acme-data/roles/custom';
    const bucket = 'buckets/acme-in';
    const direct = {
      ...settings,
      allow: [{ grant: role, on: [bucket] as const, roles: ['reports'], clientProject: 'acme-data' }],
    };
    const world = worldWith({ 'google-access/in': `${role} on ${bucket}` });
    world.googleRoles.set(role, { kind: 'read', permissions: ['storage.objects.get'] });
    world.owners.set(bucket, '111');
    setPolicy(world, bucket, {});
    await settleAll(world, direct);
    world.googleRoles.set(role, { kind: 'read', permissions: ['storage.objects.get', 'storage.new.list'] });
    const using = { ...direct, google: { ...direct.google, pool: 'aws-new' } };
    const { rows, counts } = await reportOf(world, { using });
    expect(rows.map(({ state, pool }) => [state, pool])).toEqual([
      ['refused', undefined],
      ['unasked', poolPath(settings)],
    ]);
    expect(counts).toMatchObject({ active: 1, refused: 1 });
  });

  it('of our member under a condition of someone else has nothing of the plain binding', async () => {
    const condition = { title: 'office', expression: 'true' };
    const world = worldWith({ 'google-access': reader });
    setPolicy(world, readerPolicy, { bindings: [binding([reports]), binding([reports], { condition })] });
    setEntries(world, [entryFor(reader, { requesters: [requester] })]);
    const { rows } = await reportOf(world);
    expect(rows).toMatchObject([
      { state: 'bound', requestedBy: bob },
      { state: 'unasked', condition },
    ]);
    for (const field of ['requestedBy', 'event', 'since']) expect(rows[1]).not.toHaveProperty(field);
    expect(rows[0]).not.toHaveProperty('condition');
  });

  it('of a Google role on a resource has both parts', async () => {
    const viewer = 'roles/storage.objectViewer';
    const bucket = 'buckets/acme-in';
    const direct = {
      ...settings,
      allow: [{ grant: viewer, on: [bucket] as const, roles: ['reports'], clientProject: 'acme-data' }],
    };
    const world = worldWith({ 'google-access/in': `${viewer} on ${bucket}` });
    world.googleRoles.set(viewer, { kind: 'read', permissions: ['storage.objects.get'] });
    world.owners.set(bucket, '111');
    setPolicy(world, bucket, {});
    await settleAll(world, direct);
    const { rows } = await reportOf(world, { using: direct });
    expect(rows).toMatchObject([
      { grant: 'in', target: `${viewer} on ${bucket}`, googleRole: viewer, resource: bucket, state: 'bound' },
    ]);
  });

  it('that waits for an approval is marked', async () => {
    const world = worldWith({});
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    const using = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    const { rows, counts, changes, limits } = await reportOf(world, { using });
    expect(rows).toMatchObject([{ state: 'unasked', isHeld: true }]);
    expect(counts).toMatchObject({ held: 1, drifted: 1 });
    expect(changes).toContainEqual(expect.objectContaining({ kind: 'unbind', what: reader, isHeld: true }));
    expect(limits).toMatchObject([{ kind: 'held', held: 1 }]);
  });
});

describe('a role that was not seen', () => {
  it('is not shown as gone', async () => {
    const world = worldWith({ 'google-access': reader });
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader)]);
    world.before = (call) => {
      if (call.startsWith('GetAccountAuthorizationDetails')) throw unavailable(call);
    };
    const { rows, counts, blindSpots } = await reportOf(world);
    expect(rows).toMatchObject([{ state: 'unclear', isRoleUnseen: true }]);
    expect(counts.active).toBe(1);
    expect(blindSpots).not.toEqual([]);
  });

  it('has changes that say so, if its account left the file', async () => {
    const world = worldWith({});
    const left = { ...reports, accountId: '999988887777' };
    setPolicy(world, readerPolicy, { bindings: [binding([left])] });
    const { rows, changes } = await reportOf(world);
    expect(rows).toMatchObject([{ role: left, state: 'unclear', isRoleUnseen: true }]);
    expect(changes).toMatchObject([{ role: left, kind: 'unbind', isRoleUnseen: true }]);
    setPolicy(world, readerPolicy, { bindings: [binding([roleRef('gone')])] });
    const gone = await reportOf(world);
    expect(gone.rows).toMatchObject([{ role: roleRef('gone'), state: 'unasked' }]);
    for (const one of [...gone.rows, ...gone.changes]) expect(one).not.toHaveProperty('isRoleUnseen');
  });
});

describe('the parts around the rows', () => {
  it('contain every blind spot of the survey and of the history, each once', async () => {
    const world = worldWith({ 'google-access': reader });
    world.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable(call);
    };
    const log = { what: 'the log of reconcile', reason: 'denied' };
    const plain = await reportOf(world);
    const [spot = log] = plain.blindSpots;
    const { blindSpots, counts } = await reportOf(world, {
      history: historyOf([], { blindSpots: [spot, log] }),
    });
    expect(plain.blindSpots).not.toEqual([]);
    expect(blindSpots).toEqual([...plain.blindSpots, log]);
    expect(counts.unseen).toBe(1);
  });

  it('contain each policy that was read, and each that should have been', async () => {
    const world = worldWith({ 'google-access': reader });
    world.before = (call) => {
      if (call === `getIamPolicy ${writerPolicy}`) throw unavailable(call);
    };
    expect((await reportOf(world)).policies).toEqual({ read: [reader], unread: [writer] });
    world.before = () => undefined;
    world.denied.add(writerPolicy);
    expect((await reportOf(world)).policies).toEqual({ read: [reader], unread: [writer] });
    // Without the list, only things that a tag or the ledger names are known.
    world.before = (call) => {
      if (call.startsWith('listServiceAccounts')) throw unavailable(call);
    };
    expect((await reportOf(world)).policies).toEqual({ read: [reader], unread: [] });
  });

  it('contain each member of our pools that is not ours', async () => {
    const world = worldWith({});
    const pool = `//iam.googleapis.com/${poolPath(settings)}`;
    const account = `principalSet:${pool}/attribute.account/111122223333`;
    const subject = `principal:${pool}/subject/x`;
    const ours = memberOf(settings, reports);
    const until = { title: 'until December', expression: 'true' };
    setPolicy(world, writerPolicy, {
      bindings: [
        binding([reports]),
        { role: workloadIdentityUser, members: [account], condition: until },
        { role: 'roles/iam.serviceAccountTokenCreator', members: [ours, subject, 'user:eve@example.com'] },
        { role: 'roles/viewer', members: [subject], condition: { expression: 'true' } },
        { role: 'roles/editor', members: [subject], condition: {} },
      ],
    });
    world.denied.add(readerPolicy);
    const { unmanaged } = await reportOf(world);
    const on = { resource: writer };
    expect(unmanaged).toEqual([
      { ...on, member: account, googleRole: workloadIdentityUser, condition: until },
      { ...on, member: ours, googleRole: 'roles/iam.serviceAccountTokenCreator' },
      { ...on, member: subject, googleRole: 'roles/iam.serviceAccountTokenCreator' },
      { ...on, member: subject, googleRole: 'roles/viewer', condition: { expression: 'true' } },
      { ...on, member: subject, googleRole: 'roles/editor', condition: {} },
    ]);
  });

  it('contain no binding that the ledger lists, because that is a row', async () => {
    const world = worldWith({});
    const googleRole = 'roles/storage.objectViewer';
    setPolicy(world, writerPolicy, { bindings: [binding([reports], { role: googleRole })] });
    expect((await reportOf(world)).unmanaged).toHaveLength(1);
    setEntries(world, [entryFor(writer, { googleRole })]);
    const { unmanaged, rows } = await reportOf(world);
    expect(rows).toMatchObject([{ state: 'unasked', googleRole }]);
    expect(unmanaged).toEqual([]);
  });

  it('contain a request to revoke everything; the rows stay as the tags and the file have them', async () => {
    const world = worldWith({ 'google-access': reader });
    await sweep(settings, memorySweepPorts(world), { answer: { kind: 'revokeAll' }, answeredBy: alice });
    const { revokeAll, rows } = await reportOf(world);
    expect(revokeAll).toEqual({ at: now.toISOString(), answeredBy: alice });
    expect(rows).toMatchObject([{ state: 'awaited' }]);
  });

  it('are read while everything is revoked: a refused request stays refused, for the same reason', async () => {
    const role = 'projects/acme-data/roles/custom';
    const bucket = 'buckets/acme-in';
    const using = {
      ...settings,
      allow: [{ grant: role, on: [bucket] as const, roles: ['reports'], clientProject: 'acme-data' }],
    };
    const world = worldWith({ 'google-access/in': `${role} on ${bucket}` });
    world.googleRoles.set(role, { kind: 'read', permissions: ['storage.buckets.setIamPolicy'] });
    world.owners.set(bucket, '111');
    setPolicy(world, bucket, {});
    await settleAll(world, using);
    const before = await reportOf(world, { using });
    await sweep(using, memorySweepPorts(world), { answer: { kind: 'revokeAll' }, answeredBy: alice });
    const after = await reportOf(world, { using });
    expect(before.rows).toMatchObject([{ state: 'refused' }]);
    expect(after.rows).toEqual(before.rows);
    expect(after.changes).toEqual([]);
  });

  it('contain everyone but the functions on rolebridge’s own account', async () => {
    const world = worldWith({});
    const own = serviceAccountResource(settings.google.serviceAccount);
    const using = {
      ...settings,
      google: { ...settings.google, projects: [...settings.google.projects, 'acme-identity'] },
    };
    const sweepFunction = roleRef('rolebridge-prod-sweep');
    const account = `principalSet://iam.googleapis.com/${poolPath(settings)}/attribute.account/111122223333`;
    const creator = 'roles/iam.serviceAccountTokenCreator';
    setPolicy(world, own, {
      bindings: [
        binding([reports, sweepFunction]),
        { role: workloadIdentityUser, members: [account] },
        { role: creator, members: [memberOf(settings, sweepFunction), 'user:eve@example.com'] },
      ],
    });
    const { unmanaged, policies } = await reportOf(world, { using });
    const on = { resource: settings.google.serviceAccount };
    expect(policies.read).toContain(on.resource);
    expect(unmanaged).toEqual([
      { ...on, member: memberOf(settings, reports), googleRole: workloadIdentityUser },
      { ...on, member: account, googleRole: workloadIdentityUser },
      { ...on, member: memberOf(settings, sweepFunction), googleRole: creator },
    ]);
    world.before = (call) => {
      if (call === `getIamPolicy ${own}`) throw unavailable(call);
    };
    expect((await reportOf(world, { using })).policies.unread).toEqual([on.resource]);
  });
});
