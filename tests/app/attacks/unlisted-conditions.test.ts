import { memberOf } from '../../../shared/core/member.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { setPolicy } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { runSweep } from '../../support/sweeping.ts';
import { createWorld, tagRole } from '../../support/world.ts';

describe('invariant 2: reconcile and the sweep judge alike what the table does not list', () => {
  const conditioned = async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    // The account's owner adds a condition to the binding, before the first sweep.
    const condition = { title: 'office hours', expression: 'request.time.getHours() < 18' };
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)], condition }],
    });
    return world;
  };

  it('the sweep alone', async () => {
    expect((await runSweep(await conditioned())).isTableEmptied).toBe(false);
  });

  it('reconcile first', async () => {
    const world = await conditioned();
    await runReconcile(world);
    expect((await runSweep(world)).isTableEmptied).toBe(false);
  });
});
