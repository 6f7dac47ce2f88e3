import { poolPath, type Settings } from '../../../shared/core/settings.ts';
import { namedKeysOf, type TagEvent } from '../../../shared/core/tag-event.ts';
import { type MemoryWorld } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { setKnown, setUsed } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, outcomeTypes, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

/** One call of IAM that names these keys, with the values that it set. */
const call = (
  eventName: TagEvent['eventName'],
  requestedBy: string,
  eventTime: string,
  tags: Readonly<Record<string, string>> = {},
): TagEvent => ({
  eventName,
  eventId: `${eventName} by ${requestedBy}`,
  eventTime,
  requestedBy,
  keys: Object.entries(tags).map(([name, value]) =>
    eventName === 'UntagRole' ? { key: name } : { key: name, value },
  ),
});

const look = (world: MemoryWorld, ...events: readonly TagEvent[]) =>
  runReconcile(world, [requestFor('reports', { events, namedKeys: namedKeysOf(events) })]);

/** `reports` has what its tag asks for. */
const granted = async (tags: Readonly<Record<string, string>> = { [key]: reader }) => {
  const world = createWorld();
  setKnown(world);
  tagRole(world, tags);
  await look(world, call('TagRole', 'alice', '2026-11-24T11:59:59Z', tags));
  world.outcomes.length = 0;
  advance(world, hour);
  return world;
};

describe('invariant 5: Granted is reported only of a binding that is there', () => {
  const moved: Settings = { ...settings, google: { ...settings.google, pool: 'their-roles' } };

  /** rolebridge.yml names a pool of another owner, after a pool of ours. */
  const inTheirPool = async () => {
    const world = await granted();
    setUsed(world, 'pool', poolPath(settings));
    world.ownerships.set(poolPath(settings), { kind: 'ours' });
    world.ownerships.set(poolPath(moved), { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    return world;
  };

  it('a sweep leaves the one of the former pool, as the pool of another owner gets none', async () => {
    const world = await inTheirPool();
    await runSweep(world, moved);
    await runRepair(world, moved);
    // The tag still asks for the access, so it stays.
    expect([isBound(world), outcomeTypes(world).includes('Granted')]).toEqual([true, false]);
  });

  it('invariant 8: an event that sets what the tag had ends no access', async () => {
    const world = await inTheirPool();
    const again = call('TagRole', 'alice', '2026-11-24T12:59:00Z', { [key]: reader });
    await runReconcile(world, [requestFor('reports', { events: [again], namedKeys: [key] })], moved);
    expect(isBound(world)).toBe(true);
  });

  it('invariant 1: an UntagRole gets Failed with the pool’s owner, not silence', async () => {
    const world = await granted();
    tagRole(world, {});
    world.ownership = { kind: 'another', owner: '999999999999/prod', reason: 'theirs' };
    await look(world, call('UntagRole', 'bob', '2026-11-24T12:59:00Z', { [key]: '' }));
    expect(isBound(world)).toBe(true);
    expect(outcomeTypes(world)).toEqual(['Failed']);
  });
});
