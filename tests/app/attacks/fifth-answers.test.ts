import { memberOf } from '../../../shared/core/member.ts';
import { targetText } from '../../../shared/core/model.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { setPolicy, setRole } from '../../support/memory.ts';
import { run as reconcileOnce, request, tag, world } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { repair, run } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { isBound } from './support.ts';

const key = settings.tagKey;

describe('invariant 5: an answer is named only where it let something happen', () => {
  it('not for access that was not on the approved list', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 1 } };
    const made = world();
    setKnown(made);
    const app = roleRef('app-1');
    setEntries(made, [entryFor(reader)]);
    setEntries(made, [entryFor(reader, { member: memberOf(settings, app) })], app);
    setPolicy(made, readerPolicy, { bindings: [binding([reports, app])] });
    setRole(made, reports, []);
    setRole(made, app, []);
    const { limits } = await run(made, using);
    const hash = limits[0]?.hash;
    expect(limits.map(({ held }) => held)).toEqual([2]);
    await repair(made, using);
    // Since then, other access of the same role came due; it is within the limit by itself.
    setEntries(made, [entryFor(reader), entryFor(writer, { grants: ['x'] })]);
    setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
    await run(made, using, hash);
    await repair(made, using);
    const revoked = made.outcomes.filter(
      ({ type, detail }) => type === 'Revoked' && detail.role.roleName === 'reports',
    );
    const answeredBy = (email: string) =>
      revoked.find(({ detail }) => detail.target !== undefined && targetText(detail.target) === email)?.detail
        .answeredBy;
    expect(revoked).toHaveLength(2);
    expect(answeredBy(reader)).toMatch(/alice$/);
    expect(answeredBy(writer)).toBeUndefined();
  });
});

describe('invariant 6: an event that did not change the tag as it is did not end the grant', () => {
  it.each<readonly [string, Partial<TagEvent>]>([
    ['UntagRole', { eventName: 'UntagRole', keys: [{ key }] }],
    ['TagRole to another value', { eventName: 'TagRole', keys: [{ key, value: writer }] }],
  ])('an earlier %s, where the tag was set again and the guardrail then ended it', async (_, event) => {
    const made = world();
    setKnown(made);
    const requesters = [{ grant: 'default', eventName: 'TagRole', eventId: 'a-1', requestedBy: 'alice' }];
    const at = '2026-11-24T11:59:30.000Z';
    setEntries(made, [entryFor(reader, { requesters, since: at, announcedAt: at })]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    tag(made, { [key]: reader });
    const bob = { eventId: 'b-1', eventTime: '2026-11-24T11:58:00Z', requestedBy: 'bob' };
    const whole = { eventName: 'UntagRole', keys: [], ...bob, ...event } as TagEvent;
    const { keys: _keys, ...cause } = whole;
    await reconcileOnce(
      made,
      [
        request('reports', {
          cause,
          pass: 'second',
          reported: '',
          events: [whole],
          namedKeys: [key],
          needsRecheck: false,
        }),
      ],
      { ...settings, allow: [] },
    );
    const revoked = made.outcomes.filter(({ type }) => type === 'Revoked');
    expect(
      revoked.map(
        ({
          detail: {
            requestedBy,
            cause: { because },
          },
        }) => [requestedBy, because],
      ),
    ).toEqual([['alice', 'guardrailChanged']]);
  });
});

describe('invariant 8: an approved list releases only what is still due', () => {
  it('not access that a tag asks for again, with an end, where Google rejects its new binding', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    setRole(made, reports, []);
    const { limits } = await run(made, using);
    made.drifts.length = 0;
    await run(made, using, limits[0]?.hash);
    // Between the sweep and the reconciler.
    tag(made, { [key]: `${reader} until 2027-06-01` });
    made.rejected.add(memberOf(settings, reports));
    await repair(made, using);
    expect(isBound(made)).toBe(true);
  });
});
