import { PermanentError } from '../../../shared/core/errors.ts';
import type { TagEvent } from '../../../shared/core/role-event.ts';
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

const tagEvent = (keys: Readonly<Record<string, string>>, more: Partial<TagEvent> = {}): TagEvent => ({
  eventName: 'TagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T11:59:00Z',
  requestedBy: 'alice',
  keys: Object.entries(keys).map(([name, value]) => ({ key: name, value })),
  ...more,
});

/** Another function, which gets its own events at a given moment of this one's work. */
const duringCall = (world: MemoryWorld, call: RegExp, at: number, act: () => Promise<unknown>) => {
  let count = 0;
  let isOther = false;
  world.before = async (name) => {
    if (isOther || !call.test(name)) return;
    count += 1;
    if (count !== at) return;
    isOther = true;
    await act();
    isOther = false;
  };
};

describe('invariant 5: the last outcome reported is true', () => {
  it('for a grant that is back on its binding in the next round', async () => {
    const world = merged();
    let reads = 0;
    world.before = (call) => {
      // The time for configs is up, so the config of the grant is left for later.
      if (call.startsWith('GetParametersByPath')) advance(world, 2000);
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tagRole(world, { [key]: reader, [`${key}/x`]: reader });
    };
    await runReconcile(world, [by(untag)]);
    expect(entriesOf(world).map(({ grants }) => grants)).toEqual([['default', 'x']]);
    expect(lastOfDefault(world)?.detail.reason ?? '').not.toMatch(/grant is gone/);
  });

  it('for a grant that is requested again, whose config was never removed', async () => {
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

describe('invariant 5: the last outcome reported is true', () => {
  it('for Granted in an earlier round, even if another function has revoked it since, and the next round saw that', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: reader });
    // After the first round has bound and published, before the role is read again.
    duringCall(world, /^GetRole/, 2, async () => {
      tagRole(world, {});
      await runReconcile(world, [
        requestFor('reports', {
          cause: { eventId: 'e-2', eventName: 'UntagRole' },
          namedKeys: [key],
          events: [{ eventName: 'UntagRole', eventId: 'e-2', requestedBy: 'bob', keys: [{ key }] }],
        }),
      ]);
    });
    await runReconcile(world, [
      requestFor('reports', { namedKeys: [key], events: [tagEvent({ [key]: reader })] }),
    ]);
    expect(isBound(world)).toBe(false);
    expect(world.outcomes.map(({ type }) => type).at(-1)).toBe('Revoked');
  });

  it('for Revoked in an earlier round, even if another function has bound it again since, and the next round saw that', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, {});
    duringCall(world, /^GetRole/, 2, async () => {
      tagRole(world, { [key]: reader });
      await runReconcile(world, [
        requestFor('reports', {
          cause: { eventId: 'e-2', eventName: 'TagRole' },
          namedKeys: [key],
          events: [tagEvent({ [key]: reader }, { eventId: 'e-2' })],
        }),
      ]);
    });
    await runReconcile(world, [
      requestFor('reports', {
        cause: { eventId: 'e-1', eventName: 'UntagRole' },
        namedKeys: [key],
        events: [{ eventName: 'UntagRole', eventId: 'e-1', requestedBy: 'bob', keys: [{ key }] }],
      }),
    ]);
    expect(isBound(world)).toBe(true);
    expect(world.outcomes.map(({ type }) => type).at(-1)).toBe('Granted');
  });
});
