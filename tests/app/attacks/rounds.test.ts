import { PermanentError } from '../../../shared/core/errors.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { poolPath } from '../../../shared/core/settings.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { type MemoryWorld, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, configOf, readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;
const by = (event: TagEvent) => {
  const { keys, ...cause } = event;
  return requestFor('reports', { cause, events: [event], namedKeys: keys.map((one) => one.key) });
};
const untag: TagEvent = {
  eventName: 'UntagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T11:59:00Z',
  requestedBy: 'bob',
  keys: [{ key }],
};
/** Two grants of one binding, with their configs. */
const merged = () => {
  const world = createWorld();
  setKnown(world);
  setEntries(world, [entryFor(reader, { grants: ['default', 'x'] })]);
  setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
  for (const region of settings.regions)
    for (const grant of ['default', 'x'])
      world.parameters.set(`${region} /google-access/reports/${grant}`, {
        value: configOf(reader),
        description: '',
      });
  tagRole(world, { [`${key}/x`]: reader });
  return world;
};
const lastOfDefault = (world: MemoryWorld) =>
  world.outcomes.findLast(({ detail }) => detail.grant === 'default');

describe('invariant 5: what is told last is what is true', () => {
  it('of a grant that is back on its binding in the next round', async () => {
    const world = merged();
    let reads = 0;
    world.before = (call) => {
      // Time for configs is up, so the config of the grant is left for later.
      if (call.startsWith('GetParametersByPath')) advance(world, 2000);
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tagRole(world, { [key]: reader, [`${key}/x`]: reader });
    };
    await runReconcile(world, [by(untag)]);
    expect(entriesOf(world).map(({ grants }) => grants)).toEqual([['default', 'x']]);
    expect(lastOfDefault(world)?.detail.reason ?? '').not.toMatch(/grant is gone/);
  });

  it('of a grant that is asked for again, whose config was never removed', async () => {
    const world = merged();
    world.before = (call) => {
      if (call.startsWith('DeleteParameter')) throw new PermanentError('AccessDenied.');
    };
    await runReconcile(world, [by(untag)]);
    expect(lastOfDefault(world)).toBeDefined();
    tagRole(world, { [key]: reader, [`${key}/x`]: reader });
    await runReconcile(world, [
      by({
        eventName: 'TagRole',
        eventId: 'e-2',
        eventTime: '2026-11-24T12:01:00Z',
        requestedBy: 'alice',
        keys: [{ key, value: reader }],
      }),
    ]);
    expect(entriesOf(world).map(({ grants }) => grants)).toEqual([['default', 'x']]);
    expect(lastOfDefault(world)?.type).toBe('Granted');
  });
});

describe('invariant 8: an event that sets what the tag had ends no access', () => {
  it('where the pool moved, and Google rejects the member of the new one', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    const google = { ...settings.google, pool: 'new-pool', formerPools: [poolPath(settings)] };
    const moved = { ...settings, google };
    tagRole(world, { [key]: reader });
    world.rejected.add(memberOf(moved, reports));
    await runReconcile(
      world,
      [
        by({
          eventName: 'TagRole',
          eventId: 'e-1',
          eventTime: '2026-11-24T11:59:00Z',
          requestedBy: 'alice',
          keys: [{ key, value: reader }],
        }),
      ],
      moved,
    );
    expect(isBound(world)).toBe(true);
  });
});
