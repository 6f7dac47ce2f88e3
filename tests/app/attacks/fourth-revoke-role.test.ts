import { isNothing, roleAccess } from '../../../shared/app/revoke-role.ts';
import { memoryPorts } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

describe('invariants 2, 4: "revoke --role" proves only what is gone', () => {
  it('what a function has announced and is about to bind is not gone', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    let early: boolean | undefined;
    let isFirst = true;
    world.before = async (call) => {
      if (call !== `setIamPolicy ${readerPolicy}` || !isFirst) return;
      isFirst = false;
      // Announced in the ledger, not written yet: a person untags the role and asks.
      tagRole(world, {});
      early = isNothing((await roleAccess(settings, memoryPorts(world), reports)).held);
    };
    world.after = (call) => {
      if (call === `setIamPolicy ${readerPolicy}`) expect(isBound(world) || early !== undefined).toBe(true);
    };
    await runReconcile(world);
    expect(early).toBe(false);
  });
});
