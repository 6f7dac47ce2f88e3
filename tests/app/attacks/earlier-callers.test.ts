import { type MemoryWorld, setPolicy, setRole } from '../../support/memory.ts';
import { callOf, grantedWorld, runAfter } from '../../support/role-calls.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, setKnown } from '../../support/table.ts';
import { createWorld } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 6: the caller of an earlier role is not the caller of this one', () => {
  const callers = (world: MemoryWorld) =>
    entriesOf(world).flatMap(({ requesters = [] }) => requesters.map(({ requestedBy }) => requestedBy));

  it('even if an event of another key comes before those that re-created the role', async () => {
    const world = await grantedWorld();
    const tags = { [key]: reader, [`${key}/b`]: reader };
    setRole(
      world,
      reports,
      Object.entries(tags).map(([name, value]) => ({ key: name, value })),
      'AROA2',
    );
    await runAfter(world, callOf('TagRole', 'carol', '2026-11-24T12:50:20Z', { [`${key}/b`]: reader }));
    await runAfter(
      world,
      callOf('DeleteRole', 'bob', '2026-11-24T12:50:00Z'),
      callOf('CreateRole', 'bob', '2026-11-24T12:50:10Z', { [key]: reader }),
    );
    expect(callers(world)).not.toContain('alice');
  });

  it('even if the batch has a TagRole of the role that was deleted after it', async () => {
    const world = createWorld();
    setKnown(world);
    setRole(world, reports, [{ key, value: reader }], 'AROA2');
    // The event of the person who re-created and tagged the role is late.
    await runAfter(
      world,
      callOf('TagRole', 'alice', '2026-11-24T11:58:00Z', { [key]: reader }),
      callOf('DeleteRole', 'bob', '2026-11-24T11:59:00Z'),
    );
    expect(world.outcomes.map(({ detail }) => [detail.role.roleId, detail.requestedBy])).toEqual([
      ['AROA2', undefined],
    ]);
  });

  it('but a DeleteRole of an earlier role, delivered again, does not drop the caller of this one', async () => {
    const world = await grantedWorld();
    // Someone removed the binding by hand.
    setPolicy(world, readerPolicy, {});
    await runAfter(world, callOf('DeleteRole', 'bob', '2026-11-24T11:00:00Z'));
    expect(callers(world)).toEqual(['alice']);
  });
});
