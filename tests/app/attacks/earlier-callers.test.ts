import { namedKeysOf, type TagEvent } from '../../../shared/core/tag-event.ts';
import { type MemoryWorld, setPolicy, setRole } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, setKnown } from '../../support/table.ts';
import { advance, createWorld, hour, tagRole } from '../../support/world.ts';

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

describe('invariant 6: the caller of an earlier role is not the caller of this one', () => {
  const callers = (world: MemoryWorld) =>
    entriesOf(world).flatMap(({ requesters = [] }) => requesters.map(({ requestedBy }) => requestedBy));

  it('also where an event of another key comes before those that made it anew', async () => {
    const world = await granted();
    const tags = { [key]: reader, [`${key}/b`]: reader };
    setRole(
      world,
      reports,
      Object.entries(tags).map(([name, value]) => ({ key: name, value })),
      'AROA2',
    );
    await look(world, call('TagRole', 'carol', '2026-11-24T12:50:20Z', { [`${key}/b`]: reader }));
    await look(
      world,
      call('DeleteRole', 'bob', '2026-11-24T12:50:00Z'),
      call('CreateRole', 'bob', '2026-11-24T12:50:10Z', { [key]: reader }),
    );
    expect(callers(world)).not.toContain('alice');
  });

  it('also where the batch has the TagRole of the role that was deleted after it', async () => {
    const world = createWorld();
    setKnown(world);
    setRole(world, reports, [{ key, value: reader }], 'AROA2');
    // The event of the one who made and tagged it anew is late.
    await look(
      world,
      call('TagRole', 'alice', '2026-11-24T11:58:00Z', { [key]: reader }),
      call('DeleteRole', 'bob', '2026-11-24T11:59:00Z'),
    );
    expect(world.outcomes.map(({ detail }) => [detail.role.roleId, detail.requestedBy])).toEqual([
      ['AROA2', undefined],
    ]);
  });

  it('but a DeleteRole of an earlier role, delivered again, does not drop the caller of this one', async () => {
    const world = await granted();
    // Someone removed the binding by hand.
    setPolicy(world, readerPolicy, {});
    await look(world, call('DeleteRole', 'bob', '2026-11-24T11:00:00Z'));
    expect(callers(world)).toEqual(['alice']);
  });
});
