import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, reader, reports, settings, writer } from '../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf } from '../support/table.ts';
import {
  createWorld,
  foreignBinding,
  isBound,
  outcomeTypes,
  parameterPlaces,
  tagRole,
} from '../support/world.ts';

const plant = (world: MemoryWorld, name: string, value: string) => {
  for (const region of settings.regions)
    world.parameters.set(`${region} /google-access/reports/${name}`, { value, description: 'planted' });
};
const granted = async (): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [foreignBinding] });
  tagRole(world, { 'google-access': reader });
  await runReconcile(world);
  world.outcomes.length = 0;
  return world;
};

describe('invariant 2: a binding that may exist stays in the ledger, regardless of the parameters', () => {
  it.each<[string, (world: MemoryWorld) => Partial<Settings>]>([
    ['a grant is renamed', (world) => (tagRole(world, { 'google-access/other': reader }), {})],
    ['a region is dropped', () => ({ regions: ['us-east-1'] })],
    ['the first region is dropped', () => ({ regions: ['eu-west-1'] })],
    ['the prefix changes', () => ({ parameterPrefix: '/gcp', formerParameterPrefixes: ['/google-access'] })],
    ['all parameters are deleted', (world) => (world.parameters.clear(), {})],
    ['the role is deleted', (world) => (deleteRole(world, reports), {})],
  ])('if we may no longer read the account and %s', async (_, change) => {
    const world = await granted();
    world.denied.add(readerPolicy);
    await runReconcile(world, [requestFor()], { ...settings, ...change(world) });
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual([readerPolicy]);
    // A renamed grant loses its config, and its outcome reports that the access stays.
    const revoked = world.outcomes.filter(({ type }) => type === 'Revoked');
    expect(revoked.filter(({ detail }) => detail.reason?.includes('stays through') !== true)).toEqual([]);
    // And when it can be read again, the untagged role loses it.
    world.denied.clear();
    tagRole(world, {});
    await runReconcile(world);
    expect(isBound(world)).toBe(false);
    expect(entriesOf(world)).toEqual([]);
  });

  it('if a date is shortened while Google rejects every write', async () => {
    const world = await granted();
    tagRole(world, { 'google-access': `${reader} until 2026-12-01` });
    // The policy also has a member that Google now rejects, so every write is rejected.
    setPolicy(world, readerPolicy, {
      bindings: [
        { role: 'roles/iam.workloadIdentityUser', members: [memberOf(settings, reports)] },
        { role: 'roles/x', members: ['user:gone@example.com'] },
      ],
    });
    world.rejected.add('user:gone@example.com');
    await runReconcile(world);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world).filter(({ condition }) => condition === undefined)).toHaveLength(1);
  });

  it.each(['REPORTS', 'Reports', 'rePORTS'])(
    'invariant 7: a role that is deleted as %s loses its access',
    async (name) => {
      const world = await granted();
      deleteRole(world, reports);
      await runReconcile(world, [requestFor(name)]);
      expect(isBound(world)).toBe(false);
      expect(parameterPlaces(world)).toEqual([]);
      expect(outcomeTypes(world)).toEqual(['Revoked']);
    },
  );
});

describe('invariant 3: a planted parameter', () => {
  const other = email('other');

  it('that names an account that we may not read is repaired', async () => {
    const world = await granted();
    setPolicy(world, `projects/acme-data/serviceAccounts/${other}`, {});
    world.denied.add(`projects/acme-data/serviceAccounts/${other}`);
    plant(world, 'default', configOf(other));
    await runReconcile(world);
    for (const region of settings.regions)
      expect(world.parameters.get(`${region} /google-access/reports/default`)?.value).toContain(reader);
    expect(outcomeTypes(world)).toEqual(['Granted']);
  });

  it('that existed before the first tag does not keep the role from its access', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    world.denied.add(writerPolicy);
    plant(world, 'default', configOf(writer));
    tagRole(world, { 'google-access': reader });
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeUndefined();
    expect(isBound(world)).toBe(true);
    expect(world.parameters.get('us-east-1 /google-access/reports/default')?.value).toContain(reader);
    expect(outcomeTypes(world)).toEqual(['Granted']);
  });

  it.each([
    ['another account', configOf(writer)],
    ['an account that does not exist', configOf(other)],
    ['no account', '{"type":"external_account"}'],
    ['nothing at all', ''],
    ['a text of 4 KB', 'x'.repeat(4096)],
  ])(
    'over the role’s own config, with %s: access does not survive the untag, and no other outcome is sent',
    async (_, value) => {
      const world = await granted();
      plant(world, 'default', value);
      for (let index = 0; index < 20; index += 1) plant(world, `more-${index}`, configOf(writer));
      tagRole(world, {});
      await runReconcile(world);
      expect(isBound(world)).toBe(false);
      expect(isBound(world, writerPolicy)).toBe(false);
      expect(parameterPlaces(world).filter((place) => place.includes('more-'))).toEqual([]);
      expect(world.outcomes.map(({ type, detail }) => [type, detail.grant, detail.target])).toEqual([
        ['Revoked', 'default', { kind: 'serviceAccount', email: reader }],
      ]);
    },
  );

  it('is removed without an outcome, and does not make us read a policy', async () => {
    const world = createWorld({ readerBindings: [foreignBinding] });
    tagRole(world, {});
    plant(world, 'default', configOf(writer));
    await runReconcile(world);
    expect(parameterPlaces(world)).toEqual([]);
    expect(outcomeTypes(world)).toEqual([]);
    expect(world.calls.filter((call) => call.includes('IamPolicy'))).toEqual([]);
  });
});
