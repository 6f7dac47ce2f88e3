import { reconcile } from '../../../shared/app/reconcile.ts';
import type { RoleRequest } from '../../../shared/app/role-request.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import { untilCondition } from '../../../shared/core/iam-policy.ts';
import { targetText } from '../../../shared/core/model.ts';
import type { TagEvent } from '../../../shared/core/tag-event.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { binding, configOf, readerPolicy, writerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;
const until = '2027-06-01T00:00:00Z';

const by = (event: TagEvent): RoleRequest => {
  const { keys, ...cause } = event;
  return requestFor('reports', { cause, events: [event], namedKeys: keys.map((one) => one.key) });
};
const publishOld = (world: MemoryWorld): void => {
  for (const region of settings.regions)
    world.parameters.set(`${region} /google-access/reports/default`, {
      value: configOf(reader),
      description: '',
    });
};
const oldPlaces = settings.regions.map((region) => `${region} /google-access/reports/default`).toSorted();

describe('invariant 8: the last config of access that stays is not removed without being counted', () => {
  /** The events were lost: the grant was moved to another key, and got an end. */
  const moved = () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    publishOld(world);
    tagRole(world, { [`${key}/x`]: `${reader} until ${until}` });
    return world;
  };
  const look = () =>
    requestOfDrift({ role: reports, resources: [readerPolicy], strays: [], released: [], absent: [] });

  it('where Google refuses the binding that is to replace it', async () => {
    const world = moved();
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new PermanentError('Denied by an organization policy.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect([...world.parameters.keys()].toSorted()).toEqual(oldPlaces);
  });

  it('where the policy cannot be read now', async () => {
    const world = moved();
    world.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new RetryableError('Google answered 503.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect([...world.parameters.keys()].toSorted()).toEqual(oldPlaces);
  });

  it('nor overwritten by that of another target', async () => {
    const world = moved();
    tagRole(world, { [key]: writer, [`${key}/x`]: `${reader} until ${until}` });
    world.before = (call) => {
      if (call.startsWith('setIamPolicy') && call.includes('reader'))
        throw new PermanentError('Denied by an organization policy.');
    };
    await reconcile(settings, memoryPorts(world), [look()]);
    expect(isBound(world)).toBe(true);
    expect(world.parameters.get(oldPlaces[0] ?? '')?.value).toContain('reader@');
  });
});

describe('invariant 5: Confirmed reports what was observed', () => {
  it('also access whose removal did not succeed in this look', async () => {
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

  it('Granted names the other binding on the account, whose removal is tried again', async () => {
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
