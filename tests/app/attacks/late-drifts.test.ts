import { reconcile } from '../../../shared/app/reconcile.ts';
import { memberOf } from '../../../shared/core/member.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, setRole } from '../../support/memory.ts';
import { reader, roleRef, settings } from '../../support/settings.ts';
import { binding, configOf, readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, day, hour, isBound } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 8: a sweep’s drift that is replayed days later lifts no limit', () => {
  const names = ['app-1', 'app-2', 'app-3', 'app-4'];
  const limited: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
  /** A mistake: the guardrail allows nothing to anyone. */
  const narrow: Settings = { ...limited, allow: [] };

  const world = (): MemoryWorld => {
    const made = createWorld();
    setKnown(made);
    setPolicy(made, readerPolicy, { bindings: [binding(names.map(roleRef))] });
    for (const role of names.map(roleRef)) {
      setRole(made, role, [{ key, value: reader }]);
      setEntries(made, [entryFor(reader, { member: memberOf(settings, role) })], role);
      for (const region of settings.regions) {
        const place = `${region} /google-access/${role.roleName}/default`;
        made.parameters.set(place, { value: configOf(reader), description: '' });
      }
    }
    return made;
  };

  const boundIn = (made: MemoryWorld): readonly string[] =>
    names.filter((name) => isBound(made, readerPolicy, roleRef(name)));

  it('ends no access that is held now', async () => {
    const made = world();
    await runSweep(made, {
      ...limited,
      allow: limited.allow.map((rule) => ({ ...rule, roles: ['app-3', 'app-4'] })),
    });
    const late = made.drifts.splice(0).filter(({ released }) => released.length > 0);
    expect(late).toHaveLength(2);
    // The drifts go to the dead-letter queue. rolebridge.yml is fixed, so the access matches the tags.
    advance(made, 3 * day);
    await runSweep(made, limited);
    expect(made.drifts).toEqual([]);
    const { limits } = await runSweep(made, narrow);
    expect(limits).toMatchObject([{ kind: 'held', held: 4 }]);
    await runRepair(made, narrow);
    await reconcile(narrow, memoryPorts(made), late.map(requestOfDrift));
    expect(boundIn(made)).toEqual(names);
  });

  it.each(['9999-12-31T00:00:00Z', '2026-11-27T12:00:00Z', 'tomorrow', 7, undefined])(
    'a forged drift that says %s ends nothing',
    async (at) => {
      const made = world();
      const resources = [readerPolicy];
      const drifts = names.map((name) => ({
        role: roleRef(name),
        resources,
        strays: [],
        released: resources,
        at,
      }));
      await reconcile(narrow, memoryPorts(made), drifts.map(requestOfDrift));
      expect(boundIn(made)).toEqual(names);
    },
  );

  it('an approval, which is valid for an hour, ends nothing after two', async () => {
    const made = world();
    const { limits } = await runSweep(made, narrow);
    await runSweep(made, narrow, limits[0]?.hash);
    advance(made, 2 * hour);
    await runRepair(made, narrow);
    expect(boundIn(made)).toEqual(names);
  });
});
