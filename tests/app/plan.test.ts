import { type ForecastOptions, plan } from '../../shared/app/plan.ts';
import { changeText } from '../../shared/core/drift.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, memorySweepPorts, setRole, unavailable } from '../support/memory.ts';
import { reader, reports, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { runSweep, settleAll } from '../support/sweeping.ts';
import { createWorld, sharedBinding, tagRole } from '../support/world.ts';

const look = (
  made: ReturnType<typeof createWorld>,
  options: ForecastOptions = {},
  using: Settings = settings,
) => plan(using, memorySweepPorts(made), options);
const lines = ({ roles }: Awaited<ReturnType<typeof look>>) =>
  roles.map(({ ref, changes }) => [
    ref.roleName,
    ...changes.map(({ change, isHeld }) => changeText(change) + (isHeld ? ' (held)' : '')),
  ]);
const supposing = (roleName: string, value: string, untagged: readonly string[] = []): ForecastOptions => ({
  roles: [{ roleName }],
  whatIf: { roleName, tags: value === '' ? [] : [{ key: 'google-access', value }], untagged },
});

describe('the planned changes', () => {
  it('roles without changes are left out, unless the command names them', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    expect(lines(await look(made))).toEqual([]);
    expect(lines(await look(made, { roles: [{ roleName: 'REPORTS' }] }))).toEqual([['reports']]);
    expect(lines(await look(made, { roles: [{ roleName: 'nobody' }] }))).toEqual([]);
  });

  it('a role that does not exist is missing, with the nearest name, unless something of it is left', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    const missing = async (roleName: string) => (await look(made, { roles: [{ roleName }] })).missing;
    expect(await missing('reprots')).toEqual([{ roleName: 'reprots', suggestion: ' Did you mean reports?' }]);
    expect(await missing('REPORTS')).toEqual([]);
    deleteRole(made, reports);
    // Its binding and its configs are left.
    expect(await missing('reports')).toEqual([]);
    const found = await look(made, supposing('reports', '', ['google-access']));
    expect(found).not.toHaveProperty('newRole');
  });

  it('a role is not missing if not all roles could be listed', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    made.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails') throw unavailable('IAM');
    };
    const found = await look(made, supposing('reprots', reader));
    expect(found.missing).toEqual([]);
    expect(found).not.toHaveProperty('newRole');
    expect(found.blindSpots).not.toEqual([]);
  });

  it('a hypothetical role that does not exist yet may be a typo', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    const { newRole } = await look(made, supposing('reprots', reader));
    expect(newRole).toMatchObject({ roleName: 'reprots', suggestion: ' Did you mean reports?' });
    // To remove a tag, the role must exist.
    const untagged = await look(made, supposing('reprots', '', ['google-access']));
    expect(untagged.missing.map(({ roleName }) => roleName)).toEqual(['reprots']);
  });

  it('a tag key one or two letters away from ours is named', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    setRole(made, reports, [{ key: 'google-acess', value: reader }]);
    expect((await look(made, { roles: [{ roleName: 'reports' }] })).roles[0]?.nearMisses).toEqual([
      'google-acess',
    ]);
  });

  it('a role that does not exist yet can be planned hypothetically', async () => {
    const found = await look(createWorld({ readerBindings: [sharedBinding] }), supposing('app-new', reader));
    expect(lines(found)).toEqual([
      [
        'app-new',
        `bind ${reader}`,
        'publish us-east-1 /google-access/app-new/default',
        'publish eu-west-1 /google-access/app-new/default',
      ],
    ]);
  });

  it('tag keys are compared as IAM does: in any casing', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    const shouted = { key: 'Google-Access', value: writer };
    const [role] = (
      await look(made, {
        roles: [{ roleName: 'reports' }],
        whatIf: { roleName: 'reports', tags: [shouted], untagged: [] },
      })
    ).roles;
    // IAM keeps one tag of the two, in the new spelling, which is not a request of ours.
    expect(role?.grants).toEqual([]);
    expect(role?.refusals).toMatchObject([{ tagKey: 'Google-Access', code: 'tag-key' }]);
    expect(lines(await look(made, supposing('reports', '', ['GOOGLE-access'])))[0]?.slice(1)).toEqual([
      `unbind ${reader}`,
      'unpublish us-east-1 /google-access/reports/default',
      'unpublish eu-west-1 /google-access/reports/default',
    ]);
  });

  it('a tag that the role does not have cannot be removed from it', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    const found = await look(made, supposing('reports', '', ['nope', 'Google-Access']));
    expect(found.notTagged).toEqual(['nope']);
    expect((await look(made, supposing('app-new', '', ['google-access']))).notTagged).toEqual([
      'google-access',
    ]);
    expect((await look(made)).notTagged).toEqual([]);
  });

  it('a hypothetical tag replaces the one with the same key', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    const [role = []] = lines(await look(made, supposing('Reports', writer)));
    expect(role.slice(0, 2)).toEqual(['reports', `unbind ${reader}`]);
    const untagged = await look(made, supposing('reports', '', ['google-access']));
    expect(lines(untagged)[0]?.slice(1)).toEqual([
      `unbind ${reader}`,
      'unpublish us-east-1 /google-access/reports/default',
      'unpublish eu-west-1 /google-access/reports/default',
    ]);
  });

  it('changes that the limit holds are shown as held; changes that an event would revoke are not', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    tagRole(made, { [settings.tagKey]: 'nonsense' });
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect(lines(await look(made, {}, using))[0]).toContain(`unbind ${reader} (held)`);
    const asked = await look(made, supposing('reports', 'nonsense'), using);
    expect(lines(asked)[0]).toContain(`unbind ${reader}`);
    const other = await look(made, supposing('reports', '', ['google-access/night']), using);
    expect(lines(other)[0]).toContain(`unbind ${reader} (held)`);
  });

  it('a hash is shown only for a list that the sweep has stored', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    tagRole(made, { [settings.tagKey]: 'nonsense' });
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await look(made, {}, using)).limits[0]).not.toHaveProperty('hash');
    await runSweep(made, using);
    expect((await look(made, {}, using)).limits[0]?.hash).toBe(made.held[0]?.hash);
  });

  it('parameters that only the deployed settings name are removed if the plan is for other settings', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    await settleAll(made);
    made.table.delete('scope region#eu-west-1');
    const using: Settings = { ...settings, regions: ['us-east-1'] };
    expect(lines(await look(made, {}, using))).toEqual([]);
    expect(lines(await look(made, { current: settings }, using))).toEqual([
      ['reports', 'unpublish eu-west-1 /google-access/reports/default'],
    ]);
  });
});

describe('obstacles to a change', () => {
  const obstacles = async (made: ReturnType<typeof createWorld>) => {
    const { roles } = await look(made);
    return roles.flatMap(({ changes }) => changes.flatMap(({ obstacle }) => obstacle ?? []));
  };

  it('the service account does not exist', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: 'nobody@acme-data.iam.gserviceaccount.com' });
    expect(await obstacles(made)).toEqual([
      'Google has no service account nobody@acme-data.iam.gserviceaccount.com',
    ]);
    expect((await look(made)).roles).toMatchObject([{ changes: [{ isImpossible: true }] }]);
  });

  it('its policy may not be read', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    made.denied.add(readerPolicy);
    expect(await obstacles(made)).toEqual([]);
    // The binding may exist already, so it is not planned.
    expect((await look(made)).roles).toMatchObject([{ changes: [], unknown: [reader] }]);
  });

  it('nothing in its policy lets rolebridge edit it', async () => {
    const made = createWorld({ readerBindings: [sharedBinding] });
    tagRole(made, { [settings.tagKey]: reader });
    expect(await obstacles(made)).toEqual([expect.stringContaining(`rolebridge setup --opt-in ${reader}`)]);
    const editor = {
      role: 'projects/acme-data/roles/rolebridgeEditor',
      members: [`serviceAccount:${settings.google.serviceAccount}`],
    };
    made.policies.set(readerPolicy, { policy: { bindings: [editor] }, revision: 1 });
    expect(await obstacles(made)).toEqual([]);
  });
});

describe('several AWS accounts', () => {
  const other = '444455556666';
  const two: Settings = {
    ...settings,
    home: reports.accountId,
    accounts: [...settings.accounts, { id: other, provider: 'aws-other' }],
  };
  const elsewhere = { ...reports, accountId: other };
  const tagged = () => {
    const made = createWorld();
    for (const ref of [reports, elsewhere]) setRole(made, ref, [{ key: settings.tagKey, value: reader }]);
    return made;
  };
  const refs = async (options: ForecastOptions) =>
    (await look(tagged(), options, two)).roles.map(({ ref }) => ref);

  it('are all planned, or one of them', async () => {
    expect(await refs({})).toEqual([reports, elsewhere]);
    expect(await refs({ accountId: other })).toEqual([elsewhere]);
    expect(await refs({ roles: [{ roleName: 'reports', accountId: other }] })).toEqual([elsewhere]);
    await expect(refs({ roles: [{ roleName: 'reports' }] })).rejects.toThrow(
      'Several accounts have a role reports.',
    );
  });

  it('may have the role whose tags are hypothetical', async () => {
    const whatIf = { roleName: 'reports', accountId: other, tags: [], untagged: [settings.tagKey] };
    const roles = [{ roleName: 'reports', accountId: other }];
    expect(lines(await look(tagged(), { roles, whatIf }, two))).toEqual([['reports']]);
    expect(await look(tagged(), { roles, whatIf }, two)).toMatchObject({ notTagged: [] });
    const missing = { ...whatIf, roleName: 'reprots', tags: [{ key: settings.tagKey, value: reader }] };
    const found = await look(tagged(), { roles: [missing], whatIf: missing }, two);
    expect(found.newRole).toEqual({
      roleName: 'reprots',
      accountId: other,
      suggestion: ' Did you mean reports?',
    });
  });
});
