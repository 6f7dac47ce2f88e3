import { type MemoryWorld, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { advance, bindingsOf, createWorld, hour, tagRole } from '../support/world.ts';

/** One person removes a tag. */
const untagOf = (grant: string, requestedBy: string) => {
  const key = `google-access/${grant}`;
  const eventId = `e-${grant}`;
  return requestFor('reports', {
    namedKeys: [key],
    cause: { eventId, eventName: 'UntagRole', requestedBy },
    events: [{ eventName: 'UntagRole', eventId, requestedBy, keys: [{ key }] }],
  });
};

const outcomes = (world: MemoryWorld) =>
  world.outcomes.splice(0).map(({ type, detail: { grant, target, requestedBy } }) => ({
    type,
    grant,
    email: target?.kind === 'serviceAccount' ? target.email : undefined,
    requestedBy,
  }));

/** A role with these tags and their access, an hour later. */
const given = async (tags: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, tags);
  await runReconcile(world, [requestFor()], settings);
  advance(world, hour);
  world.outcomes.length = 0;
  return world;
};

it('a grant is revoked although another entry of the same access waits to leave the ledger, if its binding is gone', async () => {
  const world = await given({
    'google-access/in': reader,
    'google-access/night': `${reader} until 2026-12-05`,
  });
  // Another tool drops the binding of `in`.
  setPolicy(world, readerPolicy, {
    bindings: bindingsOf(world).filter(({ condition }) => condition !== undefined),
  });
  tagRole(world, {});
  await runReconcile(world, [untagOf('night', 'bob')], settings);
  expect(outcomes(world)).toEqual([{ type: 'Revoked', grant: 'night', email: reader, requestedBy: 'bob' }]);
  await runReconcile(world, [untagOf('in', 'carol')], settings);
  expect(outcomes(world)).toEqual([{ type: 'Revoked', grant: 'in', email: reader, requestedBy: 'carol' }]);
});
