import { type ForecastOptions, plan } from '../../shared/app/plan.ts';
import { changeText } from '../../shared/core/drift.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts } from '../support/memory.ts';
import { reader, settings, writer } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { runSweep, settleAll } from '../support/sweeping.ts';
import { createWorld, sharedBinding, tagRole } from '../support/world.ts';

const look = (world: MemoryWorld, options: ForecastOptions = {}, using: Settings = settings) =>
  plan(using, memorySweepPorts(world), options);
const lines = ({ roles }: Awaited<ReturnType<typeof look>>) =>
  roles.map(({ ref, changes }) => [
    ref.roleName,
    ...changes.map(({ change, isHeld }) => changeText(change) + (isHeld ? ' (held)' : '')),
  ]);
const supposing = (roleName: string, value: string, untagged: readonly string[] = []): ForecastOptions => ({
  roleNames: [roleName],
  whatIf: { roleName, tags: value === '' ? [] : [{ key: 'google-access', value }], untagged },
});

describe('what would be done', () => {
  it('roles that have nothing to tell are left out, unless they are asked about', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    expect(lines(await look(world))).toEqual([]);
    expect(lines(await look(world, { roleNames: ['REPORTS'] }))).toEqual([['reports']]);
    expect(lines(await look(world, { roleNames: ['nobody'] }))).toEqual([]);
  });

  it('a role that does not exist yet can be supposed', async () => {
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
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const shouted = { key: 'Google-Access', value: writer };
    const [role] = (
      await look(world, {
        roleNames: ['reports'],
        whatIf: { roleName: 'reports', tags: [shouted], untagged: [] },
      })
    ).roles;
    // IAM keeps one tag of the two, in the new spelling, which is no request of ours.
    expect(role?.grants).toEqual([]);
    expect(role?.refusals).toMatchObject([{ tagKey: 'Google-Access', code: 'tag-key' }]);
    expect(lines(await look(world, supposing('reports', '', ['GOOGLE-access'])))[0]?.slice(1)).toEqual([
      `unbind ${reader}`,
      'unpublish us-east-1 /google-access/reports/default',
      'unpublish eu-west-1 /google-access/reports/default',
    ]);
  });

  it('a tag that the role does not have cannot be removed from it', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const found = await look(world, supposing('reports', '', ['nope', 'Google-Access']));
    expect(found.notTagged).toEqual(['nope']);
    expect((await look(world, supposing('app-new', '', ['google-access']))).notTagged).toEqual([
      'google-access',
    ]);
    expect((await look(world)).notTagged).toEqual([]);
  });

  it('a tag that is supposed replaces the one of the same key', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const [role = []] = lines(await look(world, supposing('Reports', writer)));
    expect(role.slice(0, 2)).toEqual(['reports', `unbind ${reader}`]);
    const untagged = await look(world, supposing('reports', '', ['google-access']));
    expect(lines(untagged)[0]?.slice(1)).toEqual([
      `unbind ${reader}`,
      'unpublish us-east-1 /google-access/reports/default',
      'unpublish eu-west-1 /google-access/reports/default',
    ]);
  });

  it('what the limit holds is shown as held; what an event would revoke is not', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, { 'google-access': 'nonsense' });
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect(lines(await look(world, {}, using))[0]).toContain(`unbind ${reader} (held)`);
    const asked = await look(world, supposing('reports', 'nonsense'), using);
    expect(lines(asked)[0]).toContain(`unbind ${reader}`);
    const other = await look(world, supposing('reports', '', ['google-access/night']), using);
    expect(lines(other)[0]).toContain(`unbind ${reader} (held)`);
  });

  it('a hash is shown only for a list that the sweep has stored', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, { 'google-access': 'nonsense' });
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await look(world, {}, using)).limits[0]).not.toHaveProperty('hash');
    await runSweep(world, using);
    expect((await look(world, {}, using)).limits[0]?.hash).toBe(world.held[0]?.hash);
  });

  it('what only the settings in force name is cleared by others', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.table.delete('scope region#eu-west-1');
    const using: Settings = { ...settings, regions: ['us-east-1'] };
    expect(lines(await look(world, {}, using))).toEqual([]);
    expect(lines(await look(world, { current: settings }, using))).toEqual([
      ['reports', 'unpublish eu-west-1 /google-access/reports/default'],
    ]);
  });
});

describe('what may keep a change from being made', () => {
  const obstacles = async (world: MemoryWorld) => {
    const { roles } = await look(world);
    return roles.flatMap(({ changes }) => changes.flatMap(({ obstacle }) => obstacle ?? []));
  };

  it('there is no such service account', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': 'nobody@acme-data.iam.gserviceaccount.com' });
    expect(await obstacles(world)).toEqual([
      'Google has no service account nobody@acme-data.iam.gserviceaccount.com',
    ]);
  });

  it('its policy may not be read', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    world.denied.add(readerPolicy);
    expect(await obstacles(world)).toEqual(['it does not exist, or its allow policy cannot be read']);
  });

  it('nothing in its policy lets rolebridge edit it', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    expect(await obstacles(world)).toEqual([expect.stringContaining(`rolebridge setup --opt-in ${reader}`)]);
    const editor = {
      role: 'projects/acme-data/roles/rolebridgeEditor',
      members: [`serviceAccount:${settings.google.serviceAccount}`],
    };
    world.policies.set(readerPolicy, { policy: { bindings: [editor] }, revision: 1 });
    expect(await obstacles(world)).toEqual([]);
  });
});
