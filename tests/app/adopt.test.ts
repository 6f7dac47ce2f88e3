import { adoptMembers, inheritedRoles, listMembers } from '../../shared/app/adopt.ts';
import { plan } from '../../shared/app/plan.ts';
import { survey } from '../../shared/app/survey.ts';
import { type SweepReport, sweep } from '../../shared/app/sweep.ts';
import { loadScope } from '../../shared/app/sweep-scope.ts';
import { listAccess } from '../../shared/core/access.ts';
import type { Adoption } from '../../shared/core/answer.ts';
import { adoptKey } from '../../shared/core/answer-item.ts';
import { memberOf } from '../../shared/core/member.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { itemKeyText } from '../../shared/core/table-item.ts';
import type { TableView } from '../../shared/core/table-view.ts';
import { bucket, bucketWorld, creator, withCreator as direct, viewer } from '../support/bucket-world.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { accountId, roleRef, settings } from '../support/settings.ts';
import { alice, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { bindingsOf, failCalls, member, tagRole, takeWrites } from '../support/world.ts';

const byHand = (name: string) => memberOf(settings, roleRef(name));
const [first, second, third] = [byHand('app-1'), byHand('app-2'), byHand('app-3')];
const keep: Adoption = { verdict: 'keep', resource: bucket };
const remove: Adoption = { verdict: 'remove', resource: bucket };

/** A bucket with three members that were bound by hand, and on which rolebridge then granted access to role reports. */
const used = async (): Promise<MemoryWorld> => {
  const world = bucketWorld([
    { role: viewer, members: [first, second] },
    { role: creator, members: [third] },
  ]);
  for (const name of ['app-1', 'app-2', 'app-3']) tagRole(world, {}, name);
  tagRole(world, {
    'google-access/in': `${viewer} on ${bucket}`,
    'google-access/out': `${creator} on ${bucket}`,
  });
  await settleAll(world, direct);
  return world;
};

const viewOf = async (world: MemoryWorld): Promise<TableView> => {
  const { view } = await loadScope(direct, memorySweepPorts(world));
  if (view === undefined) throw new Error('no table');
  return view;
};
const listed = async (world: MemoryWorld, adoption: Adoption) =>
  listMembers(direct, await viewOf(world), adoption);
const adopt = async (
  world: MemoryWorld,
  adoption: Adoption,
  { hash, using = direct }: { readonly hash?: string; readonly using?: Settings } = {},
): Promise<SweepReport> =>
  sweep(using, memorySweepPorts(world), {
    answer: { kind: 'adopt', adoption, listed: hash ?? (await listed(world, adoption)).hash },
    answeredBy: alice,
  });
const namesOf = async (world: MemoryWorld, adoption: Adoption) =>
  (await listed(world, adoption)).members.map(({ role }) => role.roleName);
const membersUnder = (world: MemoryWorld, googleRole: string) =>
  bindingsOf(world, bucket).find(({ role }) => role === googleRole)?.members;
const planned = async (world: MemoryWorld, using = direct) =>
  (await plan(using, memorySweepPorts(world))).inherited.map(({ role }) => role.roleName);

describe('adopt --keep', () => {
  it('keeps members through every sweep, and no longer lists them', async () => {
    const world = await used();
    expect(await planned(world)).toEqual(['app-3', 'app-1', 'app-2']);
    const { adopted, answer, drifts } = await adopt(world, keep);
    expect(adopted).toEqual({ ...keep, count: 3, members: [third, first, second] });
    expect(answer).toEqual({ text: `adopt: keep members on ${bucket}`, answeredBy: alice });
    expect(drifts).toEqual([]);
    await settleAll(world, direct);
    expect(membersUnder(world, viewer)).toEqual([first, second, member]);
    expect(await planned(world)).toEqual([]);
    expect(await namesOf(world, keep)).toEqual([]);
    expect(await namesOf(world, remove)).toEqual([]);
  });

  it('stores who gave the answer', async () => {
    const world = await used();
    const { hash } = await listed(world, keep);
    await adopt(world, keep);
    expect(JSON.parse(world.table.get(itemKeyText(adoptKey(hash)))?.body ?? '')).toEqual({
      version: 1,
      answer: 'adopt',
      ...keep,
      at: world.now.toISOString(),
      answeredBy: alice,
    });
  });

  it('can be changed by a person who names the role', async () => {
    const world = await used();
    await adopt(world, keep);
    const one: Adoption = { ...remove, role: roleKey(roleRef('app-1')) };
    expect((await listed(world, one)).members).toMatchObject([{ member: first, isKept: true }]);
    await adopt(world, one);
    await runRepair(world, direct);
    expect(membersUnder(world, viewer)).toEqual([second, member]);
  });
});

describe('adopt --remove', () => {
  it('removes members whose roles have no tag for them, and nothing else', async () => {
    const world = await used();
    const { adopted } = await adopt(world, { ...remove, googleRole: viewer });
    expect(adopted).toMatchObject({ count: 2, members: [first, second] });
    await runRepair(world, direct);
    expect(membersUnder(world, viewer)).toEqual([member]);
    expect(membersUnder(world, creator)).toEqual([third, member]);
    expect(await planned(world)).toEqual(['app-3']);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.role.roleName])).toEqual([
      ['Revoked', 'app-1'],
      ['Revoked', 'app-2'],
    ]);
  });

  it('does not remove a member that has a tag by now', async () => {
    const world = await used();
    tagRole(world, { 'google-access/in': `${viewer} on ${bucket}` }, 'app-1');
    await adopt(world, { ...remove, googleRole: viewer });
    await runRepair(world, direct);
    await settleAll(world, direct);
    expect(membersUnder(world, viewer)).toEqual([first, member]);
  });

  it('stays within the revocation limit', async () => {
    const world = await used();
    const using = { ...direct, sweep: { ...direct.sweep, maxRevocations: 1 } };
    const { limits } = await adopt(world, remove, { using });
    expect(limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await runRepair(world, using);
    expect(membersUnder(world, viewer)).toEqual([first, second, member]);
  });
});

describe('an answer for inherited members', () => {
  it('covers exactly what was shown', async () => {
    const world = await used();
    const { hash } = await listed(world, remove);
    await adopt(world, { ...keep, role: roleKey(roleRef('app-2')) });
    await expect(adopt(world, remove, { hash })).rejects.toThrow('the list has changed since it was shown');
    const { hash: keepHash } = await listed(world, keep);
    await expect(adopt(world, remove, { hash: keepHash })).rejects.toThrow('the list has changed');
    expect(await namesOf(world, remove)).toEqual(['app-3', 'app-1']);
  });

  it('does not cover members of roles that have a tag, because the ledger lists them', async () => {
    const world = await used();
    tagRole(world, { 'google-access/in': `${viewer} on ${bucket}` }, 'app-1');
    await runReconcile(world, [requestFor('app-1')], direct);
    expect(await namesOf(world, remove)).toEqual(['app-3', 'app-2']);
  });

  it('is refused if there is nothing to answer', async () => {
    const world = await used();
    const other: Adoption = { ...keep, resource: 'buckets/acme-other' };
    await expect(adopt(world, other)).rejects.toThrow(
      'No member of buckets/acme-other is kept: no member of it waits for an answer.',
    );
  });

  it.each([
    ['dry-run', keep, 'In mode dry-run nothing is written'],
    ['upsert-only', remove, 'in mode upsert-only nothing is removed'],
  ] as const)('is refused in mode %s', async (mode, adoption, reason) => {
    const world = await used();
    const { hash } = await listed(world, adoption);
    takeWrites(world);
    await expect(adopt(world, adoption, { hash, using: { ...direct, mode } })).rejects.toThrow(reason);
    expect(takeWrites(world)).toEqual([]);
  });

  it('is refused while the table or the list cannot be read', async () => {
    const world = await used();
    const { hash } = await listed(world, keep);
    const part = [...world.table.keys()].find((key) => key.startsWith('scope inherited#')) ?? '';
    const item = world.table.get(part);
    world.table.delete(part);
    await expect(adopt(world, keep, { hash })).rejects.toThrow('is incomplete in the ledger');
    world.now = new Date(world.now.getTime() + 2 * 60 * 60 * 1000);
    // All members stay, and the command reports that.
    expect((await runSweep(world, direct)).blindSpots).toMatchObject([
      { what: expect.stringContaining(`on ${bucket} had before`) },
    ]);
    if (item !== undefined) world.table.set(part, item);
    failCalls(world, /^Scan/, unavailable('DynamoDB'));
    await expect(adopt(world, keep, { hash })).rejects.toThrow('The ledger cannot be read now');
  });

  it('is retried if someone else writes the list at the same time', async () => {
    const world = await used();
    const { hash } = await listed(world, keep);
    const ports = memorySweepPorts(world);
    const write: typeof ports.table.write = async (item, revision) =>
      item.sk.startsWith('inherited#') ? { kind: 'lost' } : ports.table.write(item, revision);
    const busy = { ...ports, table: { ...ports.table, write } };
    await expect(
      adoptMembers(direct, busy, { kind: 'adopt', adoption: keep, listed: hash }, alice),
    ).rejects.toThrow('at the same time');
  });

  it('is retried if a function replaced the list while it was written', async () => {
    const world = await used();
    const { hash } = await listed(world, keep);
    const ports = memorySweepPorts(world);
    const key = { pk: 'scope', sk: `site#${viewer} on ${bucket}` };
    const write: typeof ports.table.write = async (item, revision) => {
      const [entry] = await ports.table.read([key]);
      if (entry !== undefined && item.sk.startsWith('inherited#'))
        await ports.table.write(
          { ...key, body: JSON.stringify({ ...JSON.parse(entry.body), inherited: 'another' }) },
          entry.revision,
        );
      return ports.table.write(item, revision);
    };
    const busy = { ...ports, table: { ...ports.table, write } };
    await expect(
      adoptMembers(direct, busy, { kind: 'adopt', adoption: keep, listed: hash }, alice),
    ).rejects.toThrow('A function replaced a list of buckets/acme-in at the same time');
  });
});

describe('inherited members', () => {
  it('are in the plan until someone answers for them, unless they are confirmed gone', async () => {
    const world = await used();
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [second, member] }] });
    expect(await planned(world)).toEqual(['app-2']);
    world.denied.add(bucket);
    expect(await planned(world)).toEqual(['app-3', 'app-1', 'app-2']);
    const named = { roles: [{ roleName: 'app-1' }], accountId };
    expect((await plan(direct, memorySweepPorts(world), named)).inherited).toMatchObject([{ member: first }]);
    failCalls(world, /^Scan/, unavailable('DynamoDB'));
    expect(await planned(world)).toEqual([]);
  });

  it('have a state of their own in the list of all access', async () => {
    const world = await used();
    await adopt(world, { ...keep, role: roleKey(roleRef('app-1')) });
    const found = await survey(direct, memorySweepPorts(world));
    const states = listAccess(found.settings, found.seen, found.now).map(({ ref, state }) => [
      ref.roleName,
      state,
    ]);
    expect(states).toEqual([
      ['app-1', 'inherited'],
      ['app-2', 'inherited'],
      ['app-3', 'inherited'],
      ['reports', 'bound'],
      ['reports', 'bound'],
    ]);
  });

  it('are recognized by their roles', async () => {
    const world = await used();
    const view = await viewOf(world);
    expect(inheritedRoles(direct, view, bucket).map(({ roleName }) => roleName)).toEqual([
      'app-3',
      'app-1',
      'app-2',
    ]);
    expect(inheritedRoles(direct, view, 'buckets/acme-other')).toEqual([]);
  });
});
