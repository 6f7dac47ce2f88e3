import { reconcile } from '../../../shared/app/reconcile.ts';
import { requestOf as asRequest } from '../../../shared/app/role-request.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { accountId, reader, reports, settings, tagKey } from '../../support/settings.ts';
import { configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole } from '../../support/world.ts';

const place = 'us-east-1 /google-access/reports/default';
const none: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };

/** The binding was removed by hand, and the tag's event was lost: its last config waits for the limit. */
const held = (): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  setKnown(world);
  setEntries(world, [entryFor(reader)]);
  tagRole(world, {});
  setPolicy(world, readerPolicy, {});
  world.parameters.set(place, { value: configOf(reader), description: '' });
  return world;
};
const look = (world: MemoryWorld, using: Settings) =>
  reconcile(using, memoryPorts(world), [
    requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [] }),
  ]);

describe('invariant 8: what is held stays in the ledger', () => {
  it('also while mode upsert-only removes no config', async () => {
    const world = held();
    await look(world, { ...none, mode: 'upsert-only' });
    expect(parameterPlaces(world)).toEqual([place]);
    await runSweep(world, none);
    await runRepair(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
  });

  it('also while the pool is not proven to be ours', async () => {
    const world = held();
    world.ownership = { kind: 'unproven', reason: 'Its marker could not be read.' };
    await look(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
    world.ownership = { kind: 'ours' };
    await runSweep(world, none);
    await runRepair(world, none);
    expect(parameterPlaces(world)).toEqual([place]);
  });
});

describe('invariant 5: a replay has the same id', () => {
  it('a refusal that a sweep told, when one drift of the batch comes back alone', async () => {
    const drift = (id: string, delivery: 'first' | 'again' = 'first') => {
      const detail = { role: reports, resources: [], strays: [], released: [], absent: [] };
      const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id, detail };
      const message = parseMessage(JSON.stringify(body), [accountId], tagKey);
      if (message.kind !== 'drift') throw new Error('not a drift');
      return asRequest(message, delivery);
    };
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    tagRole(world, { [tagKey]: 'nonsense' });
    await reconcile(settings, memoryPorts(world), [drift('d-1'), drift('d-2')]);
    const first = world.outcomes.splice(0).filter(({ type }) => type === 'Refused');
    await reconcile(settings, memoryPorts(world), [drift('d-2', 'again')]);
    const second = world.outcomes.filter(({ type }) => type === 'Refused');
    expect(first).toHaveLength(1);
    expect(second.map(({ detail }) => detail.id)).toEqual(first.map(({ detail }) => detail.id));
  });
});
