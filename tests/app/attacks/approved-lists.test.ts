import { memberOf } from '../../../shared/core/member.ts';
import { targetText } from '../../../shared/core/model.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { setPolicy, setRole } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 5: an answer is named only where it let something happen', () => {
  it('not for access that was not on the approved list', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 1 } };
    const world = createWorld();
    setKnown(world);
    const app = roleRef('app-1');
    setEntries(world, [entryFor(reader)]);
    setEntries(world, [entryFor(reader, { member: memberOf(settings, app) })], app);
    setPolicy(world, readerPolicy, { bindings: [binding([reports, app])] });
    tagRole(world, {});
    setRole(world, app, []);
    const { limits } = await runSweep(world, using);
    const hash = limits[0]?.hash;
    expect(limits.map(({ held }) => held)).toEqual([2]);
    await runRepair(world, using);
    // Since then, other access of the same role came due; it is within the limit by itself.
    setEntries(world, [entryFor(reader), entryFor(writer, { grants: ['x'] })]);
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    await runSweep(world, using, hash);
    await runRepair(world, using);
    const revoked = world.outcomes.filter(
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
    const world = createWorld();
    setKnown(world);
    const requesters = [{ grant: 'default', eventName: 'TagRole', eventId: 'a-1', requestedBy: 'alice' }];
    const at = '2026-11-24T11:59:30.000Z';
    setEntries(world, [entryFor(reader, { requesters, since: at, announcedAt: at })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [key]: reader });
    const bob = { eventId: 'b-1', eventTime: '2026-11-24T11:58:00Z', requestedBy: 'bob' };
    const whole = { eventName: 'UntagRole', keys: [], ...bob, ...event } as TagEvent;
    const { keys: _keys, ...cause } = whole;
    await runReconcile(
      world,
      [
        requestFor('reports', {
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
    const revoked = world.outcomes.filter(({ type }) => type === 'Revoked');
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
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    tagRole(world, {});
    const { limits } = await runSweep(world, using);
    world.drifts.length = 0;
    await runSweep(world, using, limits[0]?.hash);
    // Between the sweep and the reconciler.
    tagRole(world, { [key]: `${reader} until 2027-06-01` });
    world.rejected.add(memberOf(settings, reports));
    await runRepair(world, using);
    expect(isBound(world)).toBe(true);
  });
});
