import { memberOf } from '../../../shared/core/member.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy, setRole } from '../../support/memory.ts';
import { email, reader, reports, roleRef, settings } from '../../support/settings.ts';
import { binding, readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entryFor, setEntries, setKnown } from '../../support/table.ts';
import { createWorld, isBound } from '../../support/world.ts';

describe('invariant 8: a sweep removes at most the limit', () => {
  it('an entry that may leave the ledger releases no revocation if its binding comes back before the drift arrives', async () => {
    const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    const made = createWorld();
    setKnown(made);
    const roles = ['app-1', 'app-2', 'app-3', 'app-4'].map(roleRef);
    for (const role of roles) {
      setRole(made, role, []);
      setEntries(made, [entryFor(reader, { member: memberOf(settings, role) })], role);
    }
    const before = { bindings: [binding(roles)] };
    // The owner rolls back the policy, and has restored the bindings before the drifts arrive.
    setPolicy(made, readerPolicy, {});
    const { limits } = await runSweep(made, using);
    expect(limits).toEqual([]);
    setPolicy(made, readerPolicy, before);
    await runRepair(made, using);
    expect(roles.filter((role) => isBound(made, readerPolicy, role)).length).toBeGreaterThanOrEqual(2);
  });

  /** Twenty-six grants of a teammate, and one whose tag was removed while no event arrived. */
  const crowded = (isDenied: boolean): MemoryWorld => {
    const made = createWorld();
    setKnown(made);
    for (let index = 0; index < 26; index += 1) {
      const mine = email(`mine-${index}`);
      const role = roleRef(`app-${index}`);
      setRole(made, role, []);
      setPolicy(made, serviceAccountResource(mine), { bindings: [binding([role])] });
      if (isDenied) {
        made.denied.add(serviceAccountResource(mine));
        setEntries(made, [entryFor(mine, { member: memberOf(settings, role) })], role);
      }
    }
    setEntries(made, [entryFor(reader)]);
    setPolicy(made, readerPolicy, { bindings: [binding([reports])] });
    setRole(made, reports, []);
    return made;
  };

  it.each([
    ['that are bound by hand on the teammate’s own accounts', false],
    ['on accounts whose owner then revoked the editor role', true],
  ])('26 grants %s hold the others of their AWS account until a person approves', async (_, isDenied) => {
    const made = crowded(isDenied);
    const { limits } = await runSweep(made);
    expect(limits).toMatchObject([{ kind: 'held', held: 27 }]);
    await runRepair(made);
    expect(isBound(made)).toBe(true);
    await runSweep(made, settings, limits[0]?.hash);
    await runRepair(made);
    expect(isBound(made)).toBe(false);
  });
});
