import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown, setUsed } from '../../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole } from '../../support/world.ts';

/** The binding was removed by hand, and the tag's event was lost: its last config waits for the limit. */
const held = (place: string): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  setKnown(world);
  setEntries(world, [entryFor(reader)]);
  tagRole(world, {});
  setPolicy(world, readerPolicy, {});
  world.parameters.set(place, { value: configOf(reader), description: '' });
  return world;
};
const look = (world: MemoryWorld, using: Settings = settings) =>
  reconcile(using, memoryPorts(world), [
    requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [] }),
  ]);

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['for now', new RetryableError('ThrottlingException.')],
    ['for good', new PermanentError('AccessDenied.')],
  ])('where the folder of its config cannot be read %s', async (_, error) => {
    const place = 'us-east-1 /google-access/reports/default';
    const world = held(place);
    world.before = (call) => {
      if (call.startsWith('GetParametersByPath us-east-1')) throw error;
    };
    await look(world);
    world.before = () => undefined;
    await look(world);
    expect(parameterPlaces(world)).toEqual([place]);
  });

  it('where its config lies under a former prefix, at which an event does not look', async () => {
    const using: Settings = {
      ...settings,
      sweep: { ...settings.sweep, maxRevocations: 0 },
      formerParameterPrefixes: ['/old'],
    };
    const place = 'us-east-1 /old/reports/default';
    const world = held(place);
    setUsed(world, 'prefix', '/old');
    const before = await runSweep(world, using);
    expect(before.limits.map(({ held: count }) => count)).toEqual([1]);
    world.drifts.length = 0;
    await look(world, using);
    await runSweep(world, using);
    await runRepair(world, using);
    expect(parameterPlaces(world)).toEqual([place]);
  });
});
