import { reconcile } from '../../../shared/app/reconcile.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setLost, setUsed } from '../../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole } from '../../support/world.ts';

const place = 'us-east-1 /google-access/reports/default';

/** The binding was removed by hand, and the tag's event was lost, so its last config waits for the limit. */
const held = (where: string): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  setKnown(world);
  setEntries(world, [entryFor(reader)]);
  tagRole(world, {});
  setPolicy(world, readerPolicy, {});
  world.parameters.set(where, { value: configOf(reader), description: '' });
  return world;
};

const look = (world: MemoryWorld, using: Settings = settings) =>
  reconcile(using, memoryPorts(world), [
    requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [] }),
  ]);

const none: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['temporarily', new RetryableError('ThrottlingException.')],
    ['permanently', new PermanentError('AccessDenied.')],
  ])('where the folder of its config cannot be read %s', async (_, error) => {
    const world = held(place);
    world.before = (call) => {
      if (call.startsWith('GetParametersByPath us-east-1')) throw error;
    };
    await look(world);
    world.before = () => undefined;
    await look(world);
    expect(parameterPlaces(world)).toEqual([place]);
  });

  it('where its config is under a former prefix, which an event does not check', async () => {
    const using: Settings = {
      ...settings,
      sweep: { ...settings.sweep, maxRevocations: 0 },
      formerParameterPrefixes: ['/old'],
    };
    const formerPlace = 'us-east-1 /old/reports/default';
    const world = held(formerPlace);
    setUsed(world, 'prefix', '/old');
    const before = await runSweep(world, using);
    expect(before.limits.map(({ held: count }) => count)).toEqual([1]);
    world.drifts.length = 0;
    await look(world, using);
    await runSweep(world, using);
    await runRepair(world, using);
    expect(parameterPlaces(world)).toEqual([formerPlace]);
  });
});

describe('invariant 8: what is held stays in the ledger', () => {
  it('even while mode upsert-only removes no config', async () => {
    const world = held(place);
    await look(world, { ...none, mode: 'upsert-only' });
    expect(parameterPlaces(world)).toEqual([place]);
    await runSweep(world, none);
    await runRepair(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
  });

  it('even while the pool is not proven to be ours', async () => {
    const world = held(place);
    world.ownership = { kind: 'unproven', reason: 'Its marker could not be read.' };
    await look(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
    world.ownership = { kind: 'ours' };
    await runSweep(world, none);
    await runRepair(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
  });
});

describe('invariant 8: what is held stays in the ledger', () => {
  it.each([
    ['its binding was removed by hand', (world: MemoryWorld) => setPolicy(world, readerPolicy, {})],
    [
      'its account is gone',
      (world: MemoryWorld) => {
        world.policies.delete(readerPolicy);
        setLost(world, 'acme-data', world.now);
      },
    ],
  ])('so that its last config waits for a person, in every look: %s', async (_, lose) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    tagRole(world, {});
    lose(world);
    world.parameters.set('us-east-1 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    for (let pass = 0; pass < 2; pass += 1)
      await reconcile(settings, memoryPorts(world), [
        requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [readerPolicy] }),
      ]);
    expect(entriesOf(world)).toHaveLength(1);
    expect(parameterPlaces(world)).toEqual(['us-east-1 /google-access/reports/default']);
  });
});
