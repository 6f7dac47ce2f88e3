import { PermanentError } from '../../../shared/core/errors.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { poolPath } from '../../../shared/core/settings.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { setPolicy } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, configOf, readerPolicy } from '../../support/snapshot.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { isBound, later } from './support.ts';

const key = settings.tagKey;
const by = (event: TagEvent) => {
  const { keys, ...cause } = event;
  return request('reports', { cause, events: [event], namedKeys: keys.map((one) => one.key) });
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
  const made = world();
  setKnown(made);
  setEntries(made, [entryFor(reader, { grants: ['default', 'x'] })]);
  setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
  for (const region of settings.regions)
    for (const grant of ['default', 'x'])
      made.parameters.set(`${region} /google-access/reports/${grant}`, {
        value: configOf(reader),
        description: '',
      });
  tag(made, { [`${key}/x`]: reader });
  return made;
};
const lastOfDefault = (made: ReturnType<typeof world>) =>
  made.outcomes.findLast(({ detail }) => detail.grant === 'default');

describe('invariant 5: what is told last is what is true', () => {
  it('of a grant that is back on its binding in the next round', async () => {
    const made = merged();
    let reads = 0;
    made.before = (call) => {
      // Time for configs is up, so the config of the grant is left for later.
      if (call.startsWith('GetParametersByPath')) later(made, 2000);
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) tag(made, { [key]: reader, [`${key}/x`]: reader });
    };
    await run(made, [by(untag)]);
    expect(entriesOf(made).map(({ grants }) => grants)).toEqual([['default', 'x']]);
    expect(lastOfDefault(made)?.detail.reason ?? '').not.toMatch(/grant is gone/);
  });

  it('of a grant that is asked for again, whose config was never removed', async () => {
    const made = merged();
    made.before = (call) => {
      if (call.startsWith('DeleteParameter')) throw new PermanentError('AccessDenied.');
    };
    await run(made, [by(untag)]);
    expect(lastOfDefault(made)).toBeDefined();
    tag(made, { [key]: reader, [`${key}/x`]: reader });
    await run(made, [
      by({
        eventName: 'TagRole',
        eventId: 'e-2',
        eventTime: '2026-11-24T12:01:00Z',
        requestedBy: 'alice',
        keys: [{ key, value: reader }],
      }),
    ]);
    expect(entriesOf(made).map(({ grants }) => grants)).toEqual([['default', 'x']]);
    expect(lastOfDefault(made)?.type).toBe('Granted');
  });
});

describe('invariant 8: an event that sets what the tag had ends no access', () => {
  it('where the pool moved, and Google rejects the member of the new one', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    const google = { ...settings.google, pool: 'new-pool', formerPools: [poolPath(settings)] };
    const moved = { ...settings, google };
    tag(made, { [key]: reader });
    made.rejected.add(memberOf(moved, reports));
    await run(
      made,
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
    expect(isBound(made)).toBe(true);
  });
});
