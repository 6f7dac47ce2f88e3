import { memberOf } from '../../../shared/core/member.ts';
import { targetText } from '../../../shared/core/model.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { setPolicy, setRole } from '../../support/memory.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 5: an answer is named only if it made something possible', () => {
  it('not for access that was not on the approved list', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 1 } };
    const world = createWorld();
    setKnown(world);
    const app = roleRef('app-1');
    setEntries(world, [entryFor(reader)]);
    setEntries(world, [entryFor(reader, { member: memberOf(settings, app) })], app);
    setPolicy(world, readerPolicy, { bindings: [binding([reports, app])] });
    tagRole(world, {});
    setRole(world, app, []);
    const { limits } = await runSweep(world, using);
    const hash = limits[0]?.hash;
    expect(limits.map(({ held }) => held)).toEqual([2]);
    await runRepair(world, using);
    // Since then, other access of the same role became due; that alone is within the limit.
    setEntries(world, [entryFor(reader), entryFor(writer, { grants: ['x'] })]);
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    await runSweep(world, using, hash);
    await runRepair(world, using);
    const revoked = world.outcomes.filter(
      ({ type, detail }) => type === 'Revoked' && detail.role.roleName === 'reports',
    );
    const answeredBy = (email: string) =>
      revoked.find(({ detail }) => detail.target !== undefined && targetText(detail.target) === email)?.detail
        .answeredBy;
    expect(revoked).toHaveLength(2);
    expect(answeredBy(reader)).toMatch(/alice$/);
    expect(answeredBy(writer)).toBeUndefined();
  });
});

describe('invariant 8: an approved list releases only what is still due', () => {
  it('not access that a tag requests again, with an end, if Google rejects its new binding', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, {});
    const { limits } = await runSweep(world, using);
    world.drifts.length = 0;
    await runSweep(world, using, limits[0]?.hash);
    // Between the sweep and the reconciler.
    tagRole(world, { [key]: `${reader} until 2027-06-01` });
    world.rejected.add(memberOf(settings, reports));
    await runRepair(world, using);
    expect(isBound(world)).toBe(true);
  });
});
