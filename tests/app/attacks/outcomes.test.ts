import { PermanentError } from '../../../shared/core/errors.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { type MemoryWorld, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift } from '../../support/sweeping.ts';
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

/** Another function, which takes its own events at a moment of this one's work. */
const meanwhile = (world: MemoryWorld, call: RegExp, at: number, act: () => Promise<unknown>) => {
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

describe('invariant 5: what is told last is what is true', () => {
  it('Granted of an earlier round, though another function has revoked it since, and the next round saw that', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: reader });
    // After the first round has bound and published, before the role is read again.
    meanwhile(world, /^GetRole/, 2, async () => {
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

  it('Revoked of an earlier round, though another function has bound it again since, and the next round saw that', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, {});
    meanwhile(world, /^GetRole/, 2, async () => {
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

describe('invariant 5: a grant that no event names has not ended', () => {
  it('no outcome says that the other grant of a binding is gone while the ledger lists it', async () => {
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

  it('no outcome says that a binding is not there which this look saw and left', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader, { grants: ['default', 'night'] })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    // UntagRole of `night` was lost.
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

describe('invariant 5: two facts have two ids', () => {
  const ids = (world: MemoryWorld) => world.outcomes.map(({ detail }) => detail.id);

  it('two tags of one event, of which one is named <tagKey>/default', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: 'nonsense', [`${key}/default`]: 'nonsense' });
    await runReconcile(world);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.tag?.key])).toEqual([
      ['Refused', key],
      ['Refused', `${key}/default`],
    ]);
    expect(new Set(ids(world)).size).toBe(2);
  });

  it('two policies that could not be read', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, {});
    const resources = ['one', 'two'].map((name) =>
      serviceAccountResource(`${name}@acme-data.iam.gserviceaccount.com`),
    );
    for (const resource of resources) {
      setPolicy(world, resource, {});
      world.denied.add(resource);
    }
    await runReconcile(world, [
      requestOfDrift({ role: reports, resources, strays: [], released: [], absent: [] }),
    ]);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(world)).size).toBe(2);
  });

  it('folders of two regions that could not be listed', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, {});
    world.before = (call) => {
      const [name, region] = call.split(' ');
      if (name === 'GetParametersByPath') throw new PermanentError(`AccessDenied in ${region}.`);
    };
    await runReconcile(world);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(world)).size).toBe(2);
  });
});
