import { memberOf } from '../../../shared/core/member.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

describe('invariant 3: parameters are output, never evidence', () => {
  it.each([false, true])(
    'planted beside the roles’ folders: %s; a dropped region leaves the scope',
    async (isPlanted) => {
      const world = createWorld();
      setKnown(world);
      setUsed(world, 'region', 'eu-west-3', '2026-11-24T08:00:00Z');
      if (isPlanted)
        world.parameters.set('eu-west-3 /google-access/planted', {
          value: configOf(reader),
          description: '',
        });
      for (let n = 0; n < 3; n += 1) {
        await runSweep(world);
        await runRepair(world);
        advance(world, hour);
      }
      expect(usedNames(world)).not.toContain('eu-west-3');
    },
  );

  it('a text planted at our name does not hold back the config of other access', async () => {
    const outcomeWith = async (isPlanted: boolean): Promise<boolean> => {
      const world = createWorld();
      setKnown(world);
      setEntries(world, [entryFor(reader)]);
      setPolicy(world, readerPolicy, {
        bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
      });
      tagRole(world, { 'google-access': writer });
      const place = 'us-east-1 /google-access/reports/default';
      if (isPlanted) world.parameters.set(place, { value: 'hello', description: '' });
      // A drift that releases nothing: the revocation on reader is held.
      await runReconcile(world, [requestFor('reports', { namedKeys: [], needsRecheck: false })]);
      expect(isBound(world, writerPolicy)).toBe(true);
      return world.parameters.get(place)?.value !== 'hello' && world.parameters.has(place);
    };
    expect(await outcomeWith(true)).toBe(await outcomeWith(false));
  });

  it('1,000 planted configs in one role’s folder do not delay the batch', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader }, 'app-a');
    tagRole(world, { 'google-access': writer }, 'app-b');
    for (let n = 0; n < 1000; n += 1)
      world.parameters.set(`us-east-1 /google-access/app-a/x${n}`, {
        value: configOf(reader),
        description: '',
      });
    world.before = (call) => {
      if (/^(Put|Delete)Parameter/.test(call)) advance(world, 333);
    };
    const start = world.now.getTime();
    await runReconcile(world, [requestFor('app-a'), requestFor('app-b')]);
    expect(isBound(world, writerPolicy, roleRef('app-b'))).toBe(true);
    const isPublished = world.parameters.has('us-east-1 /google-access/app-b/default');
    expect([world.now.getTime() - start < 60_000, isPublished]).toEqual([true, true]);
  });
});
