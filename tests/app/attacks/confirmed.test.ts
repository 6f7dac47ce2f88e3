import type { RoleRequest } from '../../../shared/app/role-run.ts';
import { RetryableError } from '../../../shared/core/errors.ts';
import { untilCondition } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { targetText } from '../../../shared/core/model.ts';
import type { TagEvent } from '../../../shared/core/role-event.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { binding, configOf, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const by = (event: TagEvent): RoleRequest => {
  const { keys, ...cause } = event;
  return requestFor('reports', { cause, events: [event], namedKeys: keys.map((one) => one.key) });
};

describe('invariant 5: Confirmed reports what was observed', () => {
  it('not a config that is held back', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    const place = 'us-east-1 /google-access/reports/default';
    world.parameters.set(place, { value: configOf(reader), description: '' });
    tagRole(world, { 'google-access': writer });
    // The revocation on reader is held, so writer's config does not overwrite reader's; it is written only where
    // there was none. The message was delivered twice.
    await runReconcile(world, [
      requestFor('reports', { namedKeys: [], needsRecheck: false, delivery: 'again' }),
    ]);
    expect(world.parameters.get(place)?.value).toBe(configOf(reader));
    const confirmed = world.outcomes.flatMap(({ type, detail }) => (type === 'Confirmed' ? [detail] : []));
    expect(confirmed.flatMap(({ parameters }) => parameters.map(({ region }) => region))).toEqual([
      'eu-west-1',
    ]);
  });
});

describe('invariant 5: Confirmed reports what was observed', () => {
  it('including access that this look failed to remove', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader, { grants: ['default', 'x'] }), entryFor(writer, { grants: ['y'] })]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    tagRole(world, { [`${key}/x`]: reader });
    world.before = (call) => {
      if (call.startsWith('setIamPolicy') && call.includes('writer'))
        throw new RetryableError('Google answered 503.');
    };
    await runReconcile(world, [
      by({
        eventName: 'UntagRole',
        eventId: 'e-1',
        eventTime: '2026-11-24T11:59:00Z',
        requestedBy: 'bob',
        keys: [{ key }, { key: `${key}/y` }],
      }),
    ]);
    expect(isBound(world, writerPolicy)).toBe(true);
    const confirmed = world.outcomes.filter(({ type }) => type === 'Confirmed');
    expect(confirmed).toHaveLength(1);
    expect(
      confirmed.flatMap(({ detail }) => (detail.left ?? []).map(({ target }) => targetText(target))),
    ).toEqual([writer]);
  });

  it('Granted names the other binding on the account, whose removal is retried', async () => {
    const world = createWorld();
    setKnown(world);
    const condition = untilCondition('2027-01-01T00:00:00Z');
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports]), binding([reports], { condition })] });
    tagRole(world, { [key]: reader });
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new RetryableError('Google answered 503.');
    };
    await runReconcile(world, [
      by({
        eventName: 'TagRole',
        eventId: 'e-1',
        eventTime: '2026-11-24T11:59:00Z',
        requestedBy: 'bob',
        keys: [{ key, value: reader }],
      }),
    ]);
    const granted = world.outcomes.filter(({ type }) => type === 'Granted');
    expect(granted).toHaveLength(1);
    expect(granted.flatMap(({ detail }) => [...(detail.left ?? []), ...(detail.failed ?? [])])).toHaveLength(
      1,
    );
  });
});
