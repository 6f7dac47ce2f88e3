import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setPolicy, setRole } from '../support/memory.ts';
import { bound, places, readerPolicy, types, world, writerPolicy } from '../support/memory-world.ts';
import { request, run } from '../support/reconciling.ts';
import { email, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import { entriesOf } from '../support/table.ts';

const tag = (made: MemoryWorld, tags: Readonly<Record<string, string>>, roleName = 'reports') =>
  setRole(
    made,
    roleRef(roleName),
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );
const plant = (made: MemoryWorld, name: string, value: string) => {
  for (const region of settings.regions)
    made.parameters.set(`${region} /google-access/reports/${name}`, { value, description: 'planted' });
};
const granted = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, { 'google-access': reader });
  await run(made);
  made.outcomes.length = 0;
  return made;
};

describe('invariant 2: what may be bound stays in the ledger, whatever becomes of the parameters', () => {
  it.each<[string, (made: MemoryWorld) => Partial<Settings>]>([
    ['a grant is renamed', (made) => (tag(made, { 'google-access/other': reader }), {})],
    ['a region is given up', () => ({ regions: ['us-east-1'] })],
    ['the first region is given up', () => ({ regions: ['eu-west-1'] })],
    ['the prefix changes', () => ({ parameterPrefix: '/gcp', formerParameterPrefixes: ['/google-access'] })],
    ['all parameters are deleted', (made) => (made.parameters.clear(), {})],
    ['the role is deleted', (made) => (deleteRole(made, reports), {})],
  ])('where the account may no longer be read and %s', async (_, change) => {
    const made = await granted();
    made.denied.add(readerPolicy);
    await run(made, [request()], { ...settings, ...change(made) });
    expect(bound(made)).toBe(true);
    expect(entriesOf(made).map(({ resource }) => resource)).toEqual([readerPolicy]);
    // A renamed grant loses its config, and its outcome says that the access stays.
    const revoked = made.outcomes.filter(({ type }) => type === 'Revoked');
    expect(revoked.filter(({ detail }) => detail.reason?.includes('stays through') !== true)).toEqual([]);
    // And when it can be read again, the untagged role loses it.
    made.denied.clear();
    tag(made, {});
    await run(made);
    expect(bound(made)).toBe(false);
    expect(entriesOf(made)).toEqual([]);
  });

  it('where a date is shortened while Google rejects every write', async () => {
    const made = await granted();
    tag(made, { 'google-access': `${reader} until 2026-12-01` });
    // Nobody else's member is in the policy: whatever is written, ours or another of ours is rejected.
    setPolicy(made, readerPolicy, {
      bindings: [
        { role: 'roles/iam.workloadIdentityUser', members: [memberOf(settings, reports)] },
        { role: 'roles/x', members: ['user:gone@example.com'] },
      ],
    });
    made.rejected.add('user:gone@example.com');
    await run(made);
    expect(bound(made)).toBe(true);
    expect(entriesOf(made).filter(({ condition }) => condition === undefined)).toHaveLength(1);
  });

  it.each(['REPORTS', 'Reports', 'rePORTS'])(
    'invariant 7: a role that is deleted as %s loses its access',
    async (name) => {
      const made = await granted();
      deleteRole(made, reports);
      await run(made, [request(name)]);
      expect(bound(made)).toBe(false);
      expect(places(made)).toEqual([]);
      expect(types(made)).toEqual(['Revoked']);
    },
  );
});

describe('invariant 3: a planted parameter', () => {
  const other = email('other');

  it('that names an account which may not be read is repaired', async () => {
    const made = await granted();
    setPolicy(made, `projects/acme-data/serviceAccounts/${other}`, {});
    made.denied.add(`projects/acme-data/serviceAccounts/${other}`);
    plant(made, 'default', configOf(other));
    await run(made);
    for (const region of settings.regions)
      expect(made.parameters.get(`${region} /google-access/reports/default`)?.value).toContain(reader);
    expect(types(made)).toEqual(['Granted']);
  });

  it('that was there before the first tag does not keep the role from its access', async () => {
    const made = world();
    made.denied.add(writerPolicy);
    plant(made, 'default', configOf(writer));
    tag(made, { 'google-access': reader });
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(bound(made)).toBe(true);
    expect(made.parameters.get('us-east-1 /google-access/reports/default')?.value).toContain(reader);
    expect(types(made)).toEqual(['Granted']);
  });

  it.each([
    ['another account', configOf(writer)],
    ['an account that is not there', configOf(other)],
    ['no account', '{"type":"external_account"}'],
    ['nothing at all', ''],
    ['a text of 4 KB', 'x'.repeat(4096)],
  ])(
    'over the role’s own config, with %s: access does not survive the untag, and no other outcome is sent',
    async (_, value) => {
      const made = await granted();
      plant(made, 'default', value);
      for (let index = 0; index < 20; index += 1) plant(made, `more-${index}`, configOf(writer));
      tag(made, {});
      await run(made);
      expect(bound(made)).toBe(false);
      expect(bound(made, writerPolicy)).toBe(false);
      expect(places(made).filter((place) => place.includes('more-'))).toEqual([]);
      expect(made.outcomes.map(({ type, detail }) => [type, detail.grant, detail.target])).toEqual([
        ['Revoked', 'default', { kind: 'serviceAccount', email: reader }],
      ]);
    },
  );

  it('is removed without an outcome, and makes us read no policy', async () => {
    const made = world();
    tag(made, {});
    plant(made, 'default', configOf(writer));
    await run(made);
    expect(places(made)).toEqual([]);
    expect(types(made)).toEqual([]);
    expect(made.calls.filter((call) => call.includes('IamPolicy'))).toEqual([]);
  });
});
