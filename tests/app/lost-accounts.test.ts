import { sweep } from '../../shared/app/sweep.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { settings } from '../support/settings.ts';
import { runRepair } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../support/table.ts';
import { createWorld, failCalls, sharedBinding } from '../support/world.ts';

const old = 'acme-old';
const account = `a@${old}.iam.gserviceaccount.com`;
const resource = serviceAccountResource(account);
const day = 24 * 60 * 60 * 1000;
const later = (world: MemoryWorld, milliseconds: number): void => {
  world.now = new Date(world.now.getTime() + milliseconds);
};
const sweepOnce = async (world: MemoryWorld) => {
  const report = await sweep(settings, memorySweepPorts(world));
  await runRepair(world);
  return report;
};
/** A project that was dropped long ago, with one account that the ledger lists and that was deleted. */
const withDeletedAccount = (name = old): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  setKnown(world);
  setUsed(world, 'project', name, '2026-01-01T00:00:00Z');
  setEntries(world, [entryFor(account)]);
  return world;
};

describe('invariant 9: a project that lost an account stays in the scope', () => {
  it('for 30 days, in which Google can restore the account with its bindings', async () => {
    const world = withDeletedAccount();
    await sweepOnce(world);
    expect(entriesOf(world)).toEqual([]);
    expect(usedNames(world)).toEqual([old]);
    // A note is valid for two days, so it may be older than the loss.
    later(world, 32 * day - 1);
    await sweepOnce(world);
    expect(usedNames(world)).toEqual([old]);
    later(world, 1);
    await sweepOnce(world);
    expect(usedNames(world)).toEqual([]);
    expect([...world.table.keys()].filter((key) => key.startsWith('sweep lost'))).toEqual([]);
  });

  it('and a binding that was restored in that time is found and removed', async () => {
    const world = withDeletedAccount();
    await sweepOnce(world);
    later(world, 20 * day);
    const { member } = entryFor(account);
    setPolicy(world, resource, { bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }] });
    await sweepOnce(world);
    expect(world.policies.get(resource)?.policy.bindings).toEqual([]);
  });

  it('counted from the last account that was lost', async () => {
    const world = withDeletedAccount();
    await sweepOnce(world);
    later(world, 29 * day);
    setEntries(world, [entryFor(`b@${old}.iam.gserviceaccount.com`)]);
    await sweepOnce(world);
    later(world, 2 * day);
    await sweepOnce(world);
    expect(usedNames(world)).toEqual([old]);
  });

  it('under its number, too', async () => {
    const world = withDeletedAccount();
    setUsed(world, 'project', '424242', '2026-01-01T00:00:00Z');
    setPolicy(world, serviceAccountResource(`b@${old}.iam.gserviceaccount.com`), {});
    const ports = memorySweepPorts(world);
    const serviceAccounts: typeof ports.listings.serviceAccounts = (project) =>
      ports.listings.serviceAccounts(project === '424242' ? old : project);
    await sweep(settings, { ...ports, listings: { ...ports.listings, serviceAccounts } });
    expect(usedNames(world).toSorted()).toEqual(['424242', old]);
  });

  it('but without the note, nothing is dropped from the ledger, and the sweep reports it', async () => {
    const world = withDeletedAccount();
    failCalls(world, /^PutItem sweep lost/, unavailable('DynamoDB'));
    expect(await sweepOnce(world)).toMatchObject({
      blindSpots: [{ what: 'that service accounts are gone, for later' }],
    });
    expect(entriesOf(world)).toHaveLength(1);
    expect(usedNames(world)).toEqual([old]);
  });

  it('with a note that is written once a day, and not in dry-run', async () => {
    const world = withDeletedAccount();
    const notes = () => world.calls.filter((call) => call.startsWith('PutItem sweep lost')).length;
    await sweep({ ...settings, mode: 'dry-run' }, memorySweepPorts(world));
    expect(notes()).toBe(0);
    await sweep(settings, memorySweepPorts(world));
    await sweep(settings, memorySweepPorts(world));
    expect(notes()).toBe(1);
    later(world, day);
    await sweep(settings, memorySweepPorts(world));
    expect(notes()).toBe(2);
  });
});
