import { memberOf } from '../../../shared/core/member.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { type MemoryWorld, setPolicy, unavailable } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, day, hour, isBound, tagRole } from '../../support/world.ts';

const account = 'a@acme-old.iam.gserviceaccount.com';
const resource = serviceAccountResource(account);
const restore = (world: MemoryWorld, name = resource): void =>
  setPolicy(world, name, {
    bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
  });
const sweeps = async (world: MemoryWorld, using: Settings = settings): Promise<void> => {
  for (let n = 0; n < 3; n += 1) {
    await runSweep(world, using);
    await runRepair(world, using);
    advance(world, 2 * hour);
  }
};

/** A project that the file dropped. Its only account was just deleted; the ledger lists a binding on it. */
const dropped = (): MemoryWorld => {
  const world = createWorld();
  setKnown(world);
  setUsed(world, 'project', 'acme-old', '2026-01-01T00:00:00Z');
  setEntries(world, [entryFor(account)]);
  return world;
};

describe('invariant 9: a project stays for 30 days after it lost an account', () => {
  it('control', async () => {
    const world = dropped();
    await sweeps(world);
    expect(entriesOf(world)).toEqual([]);
    advance(world, 5 * day);
    restore(world);
    await sweeps(world);
    expect(isBound(world, resource)).toBe(false);
  });

  it('even if reading its policy timed out in one sweep', async () => {
    const world = dropped();
    world.before = (call) => {
      if (call === `getIamPolicy ${resource}`) throw unavailable(call);
    };
    await runSweep(world);
    world.before = () => undefined;
    await sweeps(world);
    advance(world, 5 * day);
    restore(world);
    await sweeps(world);
    expect(isBound(world, resource)).toBe(false);
  });

  it('even if the second listing, which would confirm the loss, fails', async () => {
    const world = dropped();
    let listings = 0;
    world.before = (call) => {
      if (call === 'listServiceAccounts acme-old') listings += 1;
      if (call === 'listServiceAccounts acme-old' && listings > 1) throw unavailable(call);
    };
    await runSweep(world);
    expect(usedNames(world)).toContain('acme-old');
  });

  it('even if the item that lists the account cannot be read (a later version wrote it)', async () => {
    const world = dropped();
    for (const [name, item] of world.table)
      if (name.startsWith('role#')) world.table.set(name, { ...item, body: '{"version":2}' });
    await runSweep(world);
    expect(usedNames(world)).toContain('acme-old');
  });

  it('even if the account’s e-mail names it by number, and the file by id', async () => {
    const compute = `${settings.google.projectNumber}-compute@developer.gserviceaccount.com`;
    const world = createWorld();
    setKnown(world);
    setUsed(world, 'project', settings.google.project, '2026-01-01T00:00:00Z');
    setEntries(world, [entryFor(compute)]);
    await sweeps(world);
    expect(usedNames(world)).toContain(settings.google.project);
  });
});

describe('invariant 9 + 1: a pool stays as long as an account can be restored with its members', () => {
  it.each([false, true])('the account is deleted: %s', async (isDeleted) => {
    const moved: Settings = { ...settings, google: { ...settings.google, pool: 'new-roles' } };
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    await runSweep(world);
    expect(isBound(world)).toBe(true);
    advance(world, hour);
    const before = world.policies.get(readerPolicy)?.policy ?? {};
    if (isDeleted) world.policies.delete(readerPolicy);
    tagRole(world, {});
    await sweeps(world, moved);
    expect(entriesOf(world)).toEqual([]);
    advance(world, 5 * day);
    if (isDeleted) setPolicy(world, readerPolicy, before);
    await sweeps(world, moved);
    expect(isBound(world)).toBe(false);
  });
});
