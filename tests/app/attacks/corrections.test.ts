import { untilCondition } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import type { TagEvent } from '../../../shared/core/role-event.ts';
import { poolPath } from '../../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy, unavailable } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

const old = untilCondition('2026-12-01T00:00:00Z');

/** Bound until December. The tag's date was changed by an event that was lost, so the sweep reports it. */
const extended = () => {
  const world = createWorld();
  setKnown(world);
  setEntries(world, [entryFor(reader, { condition: old })]);
  setPolicy(world, readerPolicy, { bindings: [binding([reports], { condition: old })] });
  tagRole(world, { [key]: `${reader} until 2026-12-31` });
  return world;
};

const by = (event: TagEvent) => {
  const { keys, ...cause } = event;
  return requestFor('reports', { cause, events: [event], namedKeys: keys.map((one) => one.key) });
};

describe('invariant 8: a correction that is not counted keeps the target', () => {
  const correct = async (world: MemoryWorld) => {
    await runSweep(world);
    expect(world.drifts.map(({ released }) => released)).toEqual([[]]);
    await runReconcile(world, world.drifts.splice(0).map(requestOfDrift));
  };

  it('control: the new end replaces the old one', async () => {
    const world = extended();
    await correct(world);
    expect(world.policies.get(readerPolicy)?.policy.bindings).toEqual([
      binding([reports], { condition: untilCondition('2027-01-01T00:00:00Z') }),
    ]);
  });

  it('the access is not removed if the ledger cannot announce the new binding', async () => {
    const world = extended();
    world.before = (call) => {
      if (call.startsWith('PutItem role#')) throw unavailable('DynamoDB');
    };
    await correct(world);
    expect(isBound(world)).toBe(true);
  });

  it('the access is not removed if the scope entry cannot be written', async () => {
    const world = extended();
    world.before = (call) => {
      if (call.startsWith('PutItem scope')) throw unavailable('DynamoDB');
    };
    await correct(world);
    expect(isBound(world)).toBe(true);
  });

  it('the access is not removed if Google rejects the new binding permanently', async () => {
    const world = extended();
    // Like an organization policy, which only checks what is added.
    world.rejected.add(memberOf(settings, reports));
    await correct(world);
    expect(isBound(world)).toBe(true);
  });

  it('the access is not removed if the ledger’s item is full', async () => {
    const world = extended();
    const others = Array.from({ length: 199 }, (_, n) =>
      entryFor(`a${n}@acme-data.iam.gserviceaccount.com`, { grants: [`x${n}`] }),
    );
    for (const { resource } of others) {
      setPolicy(world, resource, { bindings: [binding([reports])] });
      world.denied.add(resource);
    }
    setEntries(world, [entryFor(reader, { condition: old }), ...others]);
    await runReconcile(world, [
      requestOfDrift({ role: reports, resources: [readerPolicy], strays: [], released: [], absent: [] }),
    ]);
    expect(isBound(world)).toBe(true);
  });
});

describe('invariant 5: an end is reported only for access that ends', () => {
  it.each([
    'request.time > timestamp("2026-01-01T00:00:00Z")',
    'request.time < timestamp("2026-01-01T00:00:00Z") || true',
    'request.time != timestamp("2026-01-01T00:00:00Z")',
  ])('access that is left under %s has no end that we know', async (expression) => {
    const world = createWorld();
    setKnown(world);
    setPolicy(world, readerPolicy, {
      bindings: [binding([reports], { condition: { title: 'x', expression } })],
    });
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })], {
      ...settings,
      mode: 'upsert-only',
    });
    const left = world.outcomes.flatMap(({ type, detail }) =>
      type === 'Confirmed' ? (detail.left ?? []) : [],
    );
    expect(left.map(({ target }) => target)).toEqual([{ kind: 'serviceAccount', email: reader }]);
    expect(left.map(({ expiresAt }) => expiresAt)).toEqual([undefined]);
  });
});

describe('invariant 8: an event that sets the tag’s existing value ends no access', () => {
  it('even if the pool changed, and Google rejects the member of the new one', async () => {
    const world = createWorld();
    setKnown(world);
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    const google = { ...settings.google, pool: 'new-pool', formerPools: [poolPath(settings)] };
    const moved = { ...settings, google };
    tagRole(world, { [key]: reader });
    world.rejected.add(memberOf(moved, reports));
    await runReconcile(
      world,
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
    expect(isBound(world)).toBe(true);
  });
});
