import { setPolicy } from '../../support/memory.ts';
import { reader, reports } from '../../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, outcomeTypes, tagRole } from '../../support/world.ts';

describe('invariant 5: a revocation is reported', () => {
  it('even for a binding that the ledger did not list, if another function wins the race for the item', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, {});
    setEntries(world, [entryFor(reader)]);
    for (const resource of [readerPolicy, writerPolicy])
      setPolicy(world, resource, { bindings: [binding([reports])] });
    await runSweep(world);
    let isLost = false;
    world.before = (name) => {
      const [stored, item] = [...world.table].find(([one]) => one.startsWith('role#')) ?? [];
      if (isLost || stored === undefined || item === undefined || !name.startsWith('DeleteItem role#'))
        return;
      isLost = true;
      world.table.set(stored, { ...item, revision: 'of another function' });
    };
    await runRepair(world);
    expect([isLost, isBound(world), isBound(world, writerPolicy)]).toEqual([true, false, false]);
    expect(outcomeTypes(world)).toEqual(['Revoked', 'Revoked']);
  });
});
