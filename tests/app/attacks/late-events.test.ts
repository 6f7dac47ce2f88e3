import type { TagEvent } from '../../../shared/core/role-event.ts';
import { setPolicy, setRole } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, hour, tagRole, takeWrites } from '../../support/world.ts';

const key = settings.tagKey;

it.each<readonly [string, Partial<TagEvent>]>([
  ['UntagRole', { eventName: 'UntagRole', keys: [{ key }] }],
  ['DeleteRole', { eventName: 'DeleteRole', keys: [] }],
])('invariant 6: a late %s from before the binding did not end it', async (_, event) => {
  const made = createWorld();
  setKnown(made);
  const at = '2026-11-24T11:50:00.000Z';
  setEntries(made, [entryFor(reader, { since: at, announcedAt: at })]);
  setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
  tagRole(made, {});
  const bob = { eventId: 'b-1', eventTime: '2026-11-24T11:30:00Z', requestedBy: 'bob' };
  const whole = { eventName: 'UntagRole', keys: [], ...bob, ...event } as TagEvent;
  const namedKeys = whole.eventName === 'DeleteRole' ? 'all' : [key];
  await runReconcile(made, [requestFor('reports', { cause: bob, events: [whole], namedKeys })]);
  const revoked = made.outcomes.filter(({ type }) => type === 'Revoked');
  expect(revoked).toHaveLength(1);
  expect(revoked[0]?.detail.requestedBy).not.toBe('bob');
});

it('invariant 6: a role that is re-created with the same tag does not keep the caller of the earlier role', async () => {
  const made = createWorld();
  setKnown(made);
  setRole(made, reports, [{ key, value: reader }], 'AROA1');
  const by = (eventName: TagEvent['eventName'], who: string, eventTime: string): TagEvent => ({
    eventName,
    eventId: `${eventName}-${who}`,
    eventTime,
    requestedBy: who,
    keys: eventName === 'DeleteRole' ? [] : [{ key, value: reader }],
  });
  const first = by('TagRole', 'alice', '2026-11-24T11:00:00Z');
  await runReconcile(made, [requestFor('reports', { events: [first], namedKeys: [key] })]);
  advance(made, hour);
  made.outcomes.length = 0;
  setRole(made, reports, [{ key, value: reader }], 'AROA2');
  const events = [
    by('DeleteRole', 'bob', '2026-11-24T12:50:00Z'),
    by('CreateRole', 'bob', '2026-11-24T12:50:10Z'),
  ];
  await runReconcile(made, [requestFor('reports', { events })]);
  expect(entriesOf(made).map(({ requesters }) => requesters)).toEqual([
    [
      {
        grant: 'default',
        eventName: 'CreateRole',
        eventId: 'CreateRole-bob',
        eventTime: '2026-11-24T12:50:10Z',
        requestedBy: 'bob',
      },
    ],
  ]);
  await runSweep(made, { ...settings, allow: [] });
  await runRepair(made, { ...settings, allow: [] });
  const revoked = made.outcomes.filter(({ type }) => type === 'Revoked');
  expect(revoked.map(({ detail }) => [detail.role.roleId, detail.requestedBy])).not.toEqual([
    ['AROA2', 'alice'],
  ]);
});

it('invariant 6: a re-created role whose tag was not set by any event yet has no recorded caller', async () => {
  const made = createWorld();
  setKnown(made);
  tagRole(made, { [key]: reader });
  setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
  setEntries(made, [entryFor(reader, { requesters: [{ grant: 'default', requestedBy: 'alice' }] })]);
  const deleted: TagEvent = {
    eventName: 'DeleteRole',
    eventId: 'd',
    eventTime: '2026-11-24T11:50:00Z',
    keys: [],
  };
  const look = requestFor('reports', { events: [deleted] });
  await runReconcile(made, [look]);
  expect(entriesOf(made).map(({ requesters }) => requesters)).toEqual([undefined]);
  // The run publishes the configs.
  expect(made.outcomes.map(({ type, detail }) => [type, detail.requestedBy])).toEqual([
    ['Granted', undefined],
  ]);
  made.calls.length = 0;
  await runReconcile(made, [look]);
  expect(takeWrites(made)).toEqual([]);
});
