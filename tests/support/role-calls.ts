import { namedKeysOf, type TagEvent } from '../../shared/core/role-event.ts';
import type { MemoryWorld } from './memory.ts';
import { requestFor, runReconcile } from './reconciling.ts';
import { reader, tagKey } from './settings.ts';
import { setKnown } from './table.ts';
import { advance, createWorld, hour, tagRole } from './world.ts';

/** One call of IAM that names these keys, with the values that it set. */
export const callOf = (
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

/** Reconciles the role `reports` after these calls. */
export const runAfter = (world: MemoryWorld, ...calls: readonly TagEvent[]) =>
  runReconcile(world, [requestFor('reports', { events: calls, namedKeys: namedKeysOf(calls) })]);

/** A world in which alice tagged `reports` an hour ago, and it has what its tags ask for. */
export const grantedWorld = async (
  tags: Readonly<Record<string, string>> = { [tagKey]: reader },
): Promise<MemoryWorld> => {
  const world = createWorld();
  setKnown(world);
  tagRole(world, tags);
  await runAfter(world, callOf('TagRole', 'alice', '2026-11-24T11:59:59Z', tags));
  world.outcomes.length = 0;
  advance(world, hour);
  return world;
};
