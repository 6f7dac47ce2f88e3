import { PermanentError } from '../../../shared/core/errors.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { setPolicy } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { requestOf } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { isBound } from './support.ts';

const key = settings.tagKey;
const tagRole = (keys: Readonly<Record<string, string>>, more: Partial<TagEvent> = {}): TagEvent => ({
  eventName: 'TagRole',
  eventId: 'e-1',
  eventTime: '2026-11-24T11:59:00Z',
  requestedBy: 'alice',
  keys: Object.entries(keys).map(([name, value]) => ({ key: name, value })),
  ...more,
});

/** Another function, which takes its own events at a moment of this one's work. */
const meanwhile = (made: ReturnType<typeof world>, call: RegExp, at: number, act: () => Promise<unknown>) => {
  let count = 0;
  let isOther = false;
  made.before = async (name) => {
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
    const made = world();
    setKnown(made);
    tag(made, { [key]: reader });
    // After the first round has bound and published, before the role is read again.
    meanwhile(made, /^GetRole/, 2, async () => {
      tag(made, {});
      await run(made, [
        request('reports', {
          cause: { eventId: 'e-2', eventName: 'UntagRole' },
          namedKeys: [key],
          events: [{ eventName: 'UntagRole', eventId: 'e-2', requestedBy: 'bob', keys: [{ key }] }],
        }),
      ]);
    });
    await run(made, [request('reports', { namedKeys: [key], events: [tagRole({ [key]: reader })] })]);
    expect(isBound(made)).toBe(false);
    expect(made.outcomes.map(({ type }) => type).at(-1)).toBe('Revoked');
  });

  it('Revoked of an earlier round, though another function has bound it again since, and the next round saw that', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    tag(made, {});
    meanwhile(made, /^GetRole/, 2, async () => {
      tag(made, { [key]: reader });
      await run(made, [
        request('reports', {
          cause: { eventId: 'e-2', eventName: 'TagRole' },
          namedKeys: [key],
          events: [tagRole({ [key]: reader }, { eventId: 'e-2' })],
        }),
      ]);
    });
    await run(made, [
      request('reports', {
        cause: { eventId: 'e-1', eventName: 'UntagRole' },
        namedKeys: [key],
        events: [{ eventName: 'UntagRole', eventId: 'e-1', requestedBy: 'bob', keys: [{ key }] }],
      }),
    ]);
    expect(isBound(made)).toBe(true);
    expect(made.outcomes.map(({ type }) => type).at(-1)).toBe('Granted');
  });
});

describe('invariant 5: a grant that no event names has not ended', () => {
  it('no outcome says that the other grant of a binding is gone while the ledger lists it', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader, { grants: ['default', 'night'] })]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    tag(made, { [key]: reader, [`${key}/night`]: reader });
    await run(made, [request('reports', { namedKeys: [key], events: [tagRole({ [key]: reader })] })], {
      ...settings,
      allow: [],
    });
    expect(isBound(made)).toBe(true);
    expect(entriesOf(made).map(({ grants }) => grants)).toEqual([['night']]);
    expect(
      made.outcomes
        .filter(({ type, detail }) => type !== 'Refused' && detail.grant === 'night')
        .map(({ type, detail }) => [type, detail.reason]),
    ).toEqual([]);
  });

  it('no outcome says that a binding is not there which this look saw and left', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader, { grants: ['default', 'night'] })]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    // UntagRole of `night` was lost.
    tag(made, {});
    await run(made, [
      request('reports', {
        namedKeys: [key],
        cause: { eventId: 'e-1', eventName: 'UntagRole' },
        events: [{ eventName: 'UntagRole', eventId: 'e-1', requestedBy: 'bob', keys: [{ key }] }],
      }),
    ]);
    expect(isBound(made)).toBe(true);
    expect(made.outcomes.map(({ detail }) => detail.reason).join(' ')).not.toMatch(/not there|asks for/);
  });
});

describe('invariant 5: two facts have two ids', () => {
  const ids = (made: ReturnType<typeof world>) => made.outcomes.map(({ detail }) => detail.id);

  it('two tags of one event, of which one is named <tagKey>/default', async () => {
    const made = world();
    setKnown(made);
    tag(made, { [key]: 'nonsense', [`${key}/default`]: 'nonsense' });
    await run(made);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.tag?.key])).toEqual([
      ['Refused', key],
      ['Refused', `${key}/default`],
    ]);
    expect(new Set(ids(made)).size).toBe(2);
  });

  it('two policies that could not be read', async () => {
    const made = world();
    setKnown(made);
    tag(made, {});
    const resources = ['one', 'two'].map((name) =>
      serviceAccountResource(`${name}@acme-data.iam.gserviceaccount.com`),
    );
    for (const resource of resources) {
      setPolicy(made, resource, {});
      made.denied.add(resource);
    }
    await run(made, [requestOf({ role: reports, resources, strays: [], released: [], absent: [] })]);
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(made)).size).toBe(2);
  });

  it('folders of two regions that could not be listed', async () => {
    const made = world();
    setKnown(made);
    tag(made, {});
    made.before = (call) => {
      const [name, region] = call.split(' ');
      if (name === 'GetParametersByPath') throw new PermanentError(`AccessDenied in ${region}.`);
    };
    await run(made);
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Failed', 'Failed']);
    expect(new Set(ids(made)).size).toBe(2);
  });
});
