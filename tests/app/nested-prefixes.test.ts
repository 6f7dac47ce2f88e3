import { reconcile } from '../../shared/app/reconcile.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts } from '../support/memory.ts';
import { now, reader, roleRef, settings } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { usedNames } from '../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole } from '../support/world.ts';

const hour = 60 * 60 * 1000;
/** Everyone may have access: a role may have the name of the last part of a prefix. */
const open: Settings = { ...settings, allow: [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['*'] }] };
const at = (parameterPrefix: string, more: Partial<Settings> = {}): Settings => ({
  ...open,
  parameterPrefix,
  ...more,
});

/** Sweeps and repairs, an hour apart, until nothing more can leave the scope. */
const settle = async (made: MemoryWorld, using: Settings) => {
  for (let n = 0; n < 3; n += 1) {
    await runSweep(made, using);
    await runRepair(made, using);
    made.now = new Date(made.now.getTime() + 2 * hour);
  }
};
const granted = async (using: Settings, role: string): Promise<MemoryWorld> => {
  const made = createWorld({ readerBindings: [sharedBinding] });
  tagRole(made, { [settings.tagKey]: reader }, role);
  await settleAll(made, using);
  return made;
};

describe('invariant 9: of two prefixes, one within the other, neither leaves the scope too early', () => {
  it('the outer one stays while a role with the name of the inner one has its config there', async () => {
    const made = await granted(at('/a'), 'b');
    // Nothing may be written yet, so the config stays.
    await runSweep(made, at('/a/b', { mode: 'upsert-only' }));
    made.now = new Date(now.getTime() + 2 * hour);
    await runSweep(made, at('/a/b', { mode: 'upsert-only' }));
    expect(parameterPlaces(made)).toContain('us-east-1 /a/b/default');
    expect(usedNames(made)).toContain('/a');
  });

  it('and its config is removed', async () => {
    const made = await granted(at('/a'), 'b');
    await settle(made, at('/a/b', { formerParameterPrefixes: ['/a'] }));
    expect(parameterPlaces(made)).toEqual(['eu-west-1 /a/b/b/default', 'us-east-1 /a/b/b/default']);
  });

  it('a region also stays while it contains such a config', async () => {
    const made = await granted(at('/a'), 'b');
    const moved = at('/a/b', { regions: ['us-east-1'], mode: 'upsert-only' });
    await settle(made, moved);
    expect(parameterPlaces(made)).toContain('eu-west-1 /a/b/default');
    expect(usedNames(made)).toContain('eu-west-1');
  });

  it('the inner one stays while one of its roles has its config, even if the outer one is used again', async () => {
    const made = await granted(at('/a/b'), 'app-x');
    await settle(made, at('/a', { mode: 'upsert-only' }));
    expect(parameterPlaces(made)).toContain('us-east-1 /a/b/app-x/default');
    expect(usedNames(made)).toContain('/a/b');
    await settle(made, at('/a', { formerParameterPrefixes: ['/a/b'] }));
    expect(parameterPlaces(made)).toEqual(['eu-west-1 /a/app-x/default', 'us-east-1 /a/app-x/default']);
  });

  it('of three, each has the configs in the folders of its own roles', async () => {
    const made = await granted(at('/a'), 'b');
    await settle(made, at('/a/b', { mode: 'upsert-only' }));
    tagRole(made, { [settings.tagKey]: reader }, 'c');
    await settle(made, at('/a/b/c', { mode: 'upsert-only' }));
    expect(usedNames(made)).toEqual(expect.arrayContaining(['/a', '/a/b', '/a/b/c']));
  });

  it('no parameter belongs to two prefixes', async () => {
    const made = await granted(at('/a'), 'b');
    made.parameters.set('us-east-1 /a/b/x/y', { value: configOf(reader), description: '' });
    const using = at('/a/b', { formerParameterPrefixes: ['/a'] });
    const report = await runSweep(made, using);
    expect(report.leftAlone).toEqual([]);
    expect(report.parametersSeen).toBe(3);
    expect(report.drifts.map(({ ref, strays }) => [ref.roleName, strays.length])).toEqual([
      ['b', 2],
      ['x', 0],
    ]);
  });

  it('a message for the role of the outer one removes nothing of the inner one', async () => {
    const using = at('/a/b', { formerParameterPrefixes: ['/a'] });
    const made = await granted(using, 'app-x');
    const strays = [{ region: 'us-east-1', name: '/a/b/app-x/default' }];
    const detail = { role: roleRef('b'), resources: [], strays, released: [], absent: [] };
    await reconcile(using, memoryPorts(made), [requestOfDrift(detail)]);
    expect(parameterPlaces(made)).toContain('us-east-1 /a/b/app-x/default');
  });
});
