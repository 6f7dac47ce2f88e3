import type { TagEvent } from '../../../shared/core/role-event.ts';
import { setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const tagEvent = (keys: Readonly<Record<string, string>>, more: Partial<TagEvent> = {}): TagEvent => ({
  eventName: 'TagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T11:59:00Z',
  requestedBy: 'alice',
  keys: Object.entries(keys).map(([name, value]) => ({ key: name, value })),
  ...more,
});

describe('invariant 5: a grant that no event names has not ended', () => {
  it('no outcome reports the other grant of a binding as gone while the ledger lists it', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader, { grants: ['default', 'night'] })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [key]: reader, [`${key}/night`]: reader });
    await runReconcile(
      world,
      [requestFor('reports', { namedKeys: [key], events: [tagEvent({ [key]: reader })] })],
      {
        ...settings,
        allow: [],
      },
    );
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world).map(({ grants }) => grants)).toEqual([['night']]);
    expect(
      world.outcomes
        .filter(({ type, detail }) => type !== 'Refused' && detail.grant === 'night')
        .map(({ type, detail }) => [type, detail.reason]),
    ).toEqual([]);
  });

  it('no outcome reports a binding as missing that this look saw and left in place', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader, { grants: ['default', 'night'] })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    // The UntagRole of `night` was lost.
    tagRole(world, {});
    await runReconcile(world, [
      requestFor('reports', {
        namedKeys: [key],
        cause: { eventId: 'e-1', eventName: 'UntagRole' },
        events: [{ eventName: 'UntagRole', eventId: 'e-1', requestedBy: 'bob', keys: [{ key }] }],
      }),
    ]);
    expect(isBound(world)).toBe(true);
    expect(world.outcomes.map(({ detail }) => detail.reason).join(' ')).not.toMatch(/not there|asks for/);
  });
});
