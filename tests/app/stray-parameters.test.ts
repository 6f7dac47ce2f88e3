import { observeFolders, observeRole } from '../../shared/app/observe.ts';
import type { SweepFindings } from '../../shared/core/message.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, memoryPorts, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../support/settings.ts';
import { binding, configOf, readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { setUsed } from '../support/table.ts';
import {
  createWorld,
  failCalls,
  parameterPlaces,
  tagRole,
  takeCalls,
  takeReports,
} from '../support/world.ts';

const value = { value: configOf(reader), description: '' };

const stray = (region: string, name: string) => ({ region, name });

const drift = (...strays: SweepFindings['strays']) => requestFor('reports', { strays, needsRecheck: false });

const untagged = () => {
  const world = createWorld();
  tagRole(world, {});
  for (const region of ['eu-west-2', 'eu-west-3']) setUsed(world, 'region', region, '2026-11-24T08:00:00Z');
  return world;
};

describe('parameters outside the role’s folders, which a drift names', () => {
  it('are removed if they are ours: in a former region, or deeper down', async () => {
    const world = untagged();
    const strays = [
      stray('eu-west-3', '/google-access/reports/default'),
      stray('us-east-1', '/google-access/reports/deep/er'),
    ];
    for (const { region, name } of strays) world.parameters.set(`${region} ${name}`, value);
    await runReconcile(world, [drift(...strays)]);
    expect(parameterPlaces(world)).toEqual([]);
    // No access was removed with them.
    expect(takeReports(world)).toEqual([]);
  });

  it('are the only ones that are read there', async () => {
    const world = untagged();
    const other = 'eu-west-3 /google-access/reports/other';
    world.parameters.set(other, value);
    world.parameters.set('eu-west-3 /google-access/reports/default', value);
    await runReconcile(world, [drift(stray('eu-west-3', '/google-access/reports/default'))]);
    expect(parameterPlaces(world)).toEqual([other]);
  });

  it('in one folder cost one call', async () => {
    const world = untagged();
    await runReconcile(world, [
      drift(
        stray('eu-west-3', '/google-access/reports/a'),
        stray('eu-west-3', '/google-access/reports/b'),
        stray('eu-west-2', '/google-access/reports/a'),
      ),
    ]);
    expect(takeCalls(world, /^GetParametersByPath eu-west-[23]/)).toEqual([
      'GetParametersByPath eu-west-3 /google-access/reports',
      'GetParametersByPath eu-west-2 /google-access/reports',
    ]);
  });

  it('in the role’s own folders are read together with these, once', async () => {
    const world = untagged();
    await runReconcile(world, [drift(stray('us-east-1', '/google-access/reports/default'))]);
    expect(takeCalls(world, /^GetParametersByPath us-east-1/)).toHaveLength(1);
  });

  it('under a former prefix are removed as long as the file names it', async () => {
    const former: Settings = { ...settings, formerParameterPrefixes: ['/former'] };
    const place = stray('us-east-1', '/former/reports/default');
    const world = untagged();
    world.parameters.set(`${place.region} ${place.name}`, value);
    await runReconcile(world, [drift(place)]);
    expect(parameterPlaces(world)).toEqual(['us-east-1 /former/reports/default']);
    await runReconcile(world, [drift(place)], former);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it.each([['/google-access/app-1/default'], ['/elsewhere/reports/default']])(
    'are not even read if they are not the role’s: %s',
    async (name) => {
      const world = untagged();
      world.parameters.set(`eu-west-3 ${name}`, value);
      await runReconcile(world, [drift(stray('eu-west-3', name))]);
      expect(takeCalls(world, /^GetParametersByPath eu-west-3/)).toEqual([]);
      expect(parameterPlaces(world)).toEqual([`eu-west-3 ${name}`]);
    },
  );

  it.each(['us-east-9', 'eu-north-1'])(
    'are not looked for in a region that was never used: %s',
    async (region) => {
      const world = untagged();
      const [report] = await runReconcile(world, [drift(stray(region, '/google-access/reports/default'))]);
      expect(report?.retry).toBeUndefined();
      expect(takeCalls(world, new RegExp(`^GetParametersByPath ${region}`))).toEqual([]);
    },
  );

  it('that cannot be read now cause the message to be retried', async () => {
    const world = untagged();
    failCalls(world, /^GetParametersByPath eu-west-3/, unavailable('SSM'));
    const [report] = await runReconcile(world, [drift(stray('eu-west-3', '/google-access/reports/default'))]);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
  });
});

describe('invariant 7: a role whose name IAM spells differently from the request', () => {
  it('has one folder; a folder in another casing is a stray that a drift names', async () => {
    const world = createWorld();
    tagRole(world, {}, 'Reports');
    const place = stray('eu-west-3', '/google-access/REPORTS/default');
    const ledger = { role: reports, entries: [] };
    const { role } = await observeRole(settings, memoryPorts(world), reports, ledger);
    const { folders } = await observeFolders(settings, memoryPorts(world), reports, [place]);
    expect(role).toMatchObject({ kind: 'present', ref: roleRef('Reports') });
    expect(folders.map(({ region, path }) => `${region} ${path}`)).toEqual([
      'us-east-1 /google-access/reports',
      'eu-west-1 /google-access/reports',
      'eu-west-3 /google-access/REPORTS',
    ]);
  });

  it.each(['Reports', 'REPORTS'])('and is re-created as %s: its config stays where it is', async (name) => {
    const world = createWorld();
    const using = { ...settings, allow: [{ to: '*', roles: ['*'] }] };
    tagRole(world, { 'google-access': reader });
    await runReconcile(world, [requestFor()], using);
    const before = parameterPlaces(world);
    deleteRole(world, reports);
    tagRole(world, { 'google-access': reader }, name);
    await runReconcile(world, [requestFor(name)], using);
    expect(parameterPlaces(world)).toEqual(before);
    expect(takeCalls(world, /^DeleteParameter/)).toEqual([]);
    expect(world.policies.get(readerPolicy)?.policy.bindings).toContainEqual(binding([roleRef(name)]));
  });

  it('if a sweep finds parameters in another casing, those that look like a config of ours are removed, and others are left alone', async () => {
    const world = untagged();
    const [config, note] = ['/google-access/REPORTS/default', '/google-access/Reports/notes'];
    world.parameters.set(`us-east-1 ${config}`, value);
    world.parameters.set(`us-east-1 ${note}`, { value: 'ask Ann', description: '' });
    // No event of the role looks there.
    await runReconcile(world);
    expect(parameterPlaces(world)).toHaveLength(2);
    const { drifts, leftAlone } = await runSweep(world);
    expect(drifts.map(({ ref, strays }) => [ref, strays])).toEqual([[reports, [stray('us-east-1', config)]]]);
    expect(leftAlone).toEqual([stray('us-east-1', note)]);
    await runRepair(world);
    expect(parameterPlaces(world)).toEqual([`us-east-1 ${note}`]);
  });
});
