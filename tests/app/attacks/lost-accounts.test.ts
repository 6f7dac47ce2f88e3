import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { type Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy, setRole, unavailable } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { repair } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';

import { day, hour, isBound, later, sweepOnce } from './support.ts';

const account = 'a@acme-old.iam.gserviceaccount.com';
const resource = serviceAccountResource(account);
const restore = (made: MemoryWorld, name = resource): void =>
  setPolicy(made, name, {
    bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
  });
const sweeps = async (made: MemoryWorld, using: Settings = settings): Promise<void> => {
  for (let n = 0; n < 3; n += 1) {
    await sweepOnce(made, using);
    await repair(made, using);
    later(made, 2 * hour);
  }
};

/** A project that the file dropped, whose one account was just deleted; the ledger lists a binding on it. */
const dropped = (): MemoryWorld => {
  const made = world();
  setKnown(made);
  setUsed(made, 'project', 'acme-old', '2026-01-01T00:00:00Z');
  setEntries(made, [entryFor(account)]);
  return made;
};

describe('invariant 9: a project stays for 30 days after it lost an account', () => {
  it('control', async () => {
    const made = dropped();
    await sweeps(made);
    expect(entriesOf(made)).toEqual([]);
    later(made, 5 * day);
    restore(made);
    await sweeps(made);
    expect(isBound(made, resource)).toBe(false);
  });

  it('also if the read of its policy timed out in one sweep', async () => {
    const made = dropped();
    made.before = (call) => {
      if (call === `getIamPolicy ${resource}`) throw unavailable(call);
    };
    await sweepOnce(made);
    made.before = () => undefined;
    await sweeps(made);
    later(made, 5 * day);
    restore(made);
    await sweeps(made);
    expect(isBound(made, resource)).toBe(false);
  });

  it('also if the second listing, which would confirm the loss, fails', async () => {
    const made = dropped();
    let listings = 0;
    made.before = (call) => {
      if (call === 'listServiceAccounts acme-old') listings += 1;
      if (call === 'listServiceAccounts acme-old' && listings > 1) throw unavailable(call);
    };
    await sweepOnce(made);
    expect(usedNames(made)).toContain('acme-old');
  });

  it('also if the item that lists the account cannot be read (a later version wrote it)', async () => {
    const made = dropped();
    for (const [name, item] of made.table)
      if (name.startsWith('role#')) made.table.set(name, { ...item, body: '{"version":2}' });
    await sweepOnce(made);
    expect(usedNames(made)).toContain('acme-old');
  });

  it('also if the account’s e-mail names it by number, and the file by id', async () => {
    const compute = `${settings.google.projectNumber}-compute@developer.gserviceaccount.com`;
    const made = world();
    setKnown(made);
    setUsed(made, 'project', settings.google.project, '2026-01-01T00:00:00Z');
    setEntries(made, [entryFor(compute)]);
    await sweeps(made);
    expect(usedNames(made)).toContain(settings.google.project);
  });
});

describe('invariant 9 + 1: a pool stays as long as an account can be restored with its members', () => {
  it.each([false, true])('the account is deleted: %s', async (isDeleted) => {
    const moved: Settings = { ...settings, google: { ...settings.google, pool: 'new-roles' } };
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    expect(isBound(made)).toBe(true);
    later(made, hour);
    const before = made.policies.get(readerPolicy)?.policy ?? {};
    if (isDeleted) made.policies.delete(readerPolicy);
    setRole(made, reports, []);
    await sweeps(made, moved);
    expect(entriesOf(made)).toEqual([]);
    later(made, 5 * day);
    if (isDeleted) setPolicy(made, readerPolicy, before);
    await sweeps(made, moved);
    expect(isBound(made)).toBe(false);
  });
});
