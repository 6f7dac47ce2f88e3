import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { forgetKey } from '../../../shared/core/answer-item.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, memorySweepPorts } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOfDrift } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

describe('forget: an answer is good for what was shown', () => {
  it('not for what was announced while the sweep that stores it looked', async () => {
    const world = createWorld();
    setKnown(world);
    const gone = roleRef('gone');
    setEntries(world, [entryFor(reader, { member: memberOf(settings, gone) })], gone);
    world.denied.add(readerPolicy);
    const thing = { kind: 'resource', name: readerPolicy } as const;
    const { view } = await loadScope(settings, memorySweepPorts(world));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    let isFirst = true;
    world.after = async (call) => {
      if (call !== 'Scan' || !isFirst) return;
      isFirst = false;
      world.denied.delete(readerPolicy);
      tagRole(world, { 'google-access': reader });
      await runReconcile(world);
      world.denied.add(readerPolicy);
      advance(world, 1000);
    };
    const given = { answer: { kind: 'forget', thing, listed }, answeredBy: alice } as const;
    const { forgotten } = await sweep(settings, memorySweepPorts(world), given);
    expect(forgotten).toMatchObject({ dropped: 1, kept: [] });
    expect(isBound(world)).toBe(true);
    advance(world, hour / 2);
    tagRole(world, {}); // its UntagRole is on the way
    await reconcile(settings, memoryPorts(world), [
      requestOfDrift({
        role: reports,
        resources: [],
        strays: [],
        released: [],
        absent: [],
        answers: [forgetKey(thing).sk],
      }),
    ]);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world)).toHaveLength(1);
  });
});
