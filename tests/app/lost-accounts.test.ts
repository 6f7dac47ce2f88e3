import { sweep } from '../../shared/app/sweep.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { failing } from '../support/reconciling.ts';
import { settings } from '../support/settings.ts';
import { repair, world } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../support/table.ts';

const old = 'acme-old';
const account = `a@${old}.iam.gserviceaccount.com`;
const resource = serviceAccountResource(account);
const day = 24 * 60 * 60 * 1000;
const later = (made: MemoryWorld, milliseconds: number): void => {
  made.now = new Date(made.now.getTime() + milliseconds);
};
const sweepOnce = async (made: MemoryWorld) => {
  const report = await sweep(settings, memorySweepPorts(made));
  await repair(made);
  return report;
};
/** A project that was dropped long ago, with one account that the ledger lists and that was deleted. */
const withDeletedAccount = (name = old): MemoryWorld => {
  const made = world();
  setKnown(made);
  setUsed(made, 'project', name, '2026-01-01T00:00:00Z');
  setEntries(made, [entryFor(account)]);
  return made;
};

describe('invariant 9: a project that lost an account stays in the scope', () => {
  it('for 30 days, in which Google can restore the account with its bindings', async () => {
    const made = withDeletedAccount();
    await sweepOnce(made);
    expect(entriesOf(made)).toEqual([]);
    expect(usedNames(made)).toEqual([old]);
    // A note is good for two days, so it may be older than the loss.
    later(made, 32 * day - 1);
    await sweepOnce(made);
    expect(usedNames(made)).toEqual([old]);
    later(made, 1);
    await sweepOnce(made);
    expect(usedNames(made)).toEqual([]);
    expect([...made.table.keys()].filter((key) => key.startsWith('sweep lost'))).toEqual([]);
  });

  it('and what was restored in that time is found and removed', async () => {
    const made = withDeletedAccount();
    await sweepOnce(made);
    later(made, 20 * day);
    const { member } = entryFor(account);
    setPolicy(made, resource, { bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }] });
    await sweepOnce(made);
    expect(made.policies.get(resource)?.policy.bindings).toEqual([]);
  });

  it('counted from the last account that was lost', async () => {
    const made = withDeletedAccount();
    await sweepOnce(made);
    later(made, 29 * day);
    setEntries(made, [entryFor(`b@${old}.iam.gserviceaccount.com`)]);
    await sweepOnce(made);
    later(made, 2 * day);
    await sweepOnce(made);
    expect(usedNames(made)).toEqual([old]);
  });

  it('under its number, too', async () => {
    const made = withDeletedAccount();
    setUsed(made, 'project', '424242', '2026-01-01T00:00:00Z');
    setPolicy(made, serviceAccountResource(`b@${old}.iam.gserviceaccount.com`), {});
    const ports = memorySweepPorts(made);
    const serviceAccounts: typeof ports.listings.serviceAccounts = (project) =>
      ports.listings.serviceAccounts(project === '424242' ? old : project);
    await sweep(settings, { ...ports, listings: { ...ports.listings, serviceAccounts } });
    expect(usedNames(made).toSorted()).toEqual(['424242', old]);
  });

  it('without the note, nothing is dropped from the ledger, and the sweep reports it', async () => {
    const made = withDeletedAccount();
    failing(made, /^PutItem sweep lost/, unavailable('DynamoDB'));
    expect(await sweepOnce(made)).toMatchObject({
      blindSpots: [{ what: 'that service accounts are gone, for later' }],
    });
    expect(entriesOf(made)).toHaveLength(1);
    expect(usedNames(made)).toEqual([old]);
  });

  it('is written once a day, and not in dry-run', async () => {
    const made = withDeletedAccount();
    const notes = () => made.calls.filter((call) => call.startsWith('PutItem sweep lost')).length;
    await sweep({ ...settings, mode: 'dry-run' }, memorySweepPorts(made));
    expect(notes()).toBe(0);
    await sweep(settings, memorySweepPorts(made));
    await sweep(settings, memorySweepPorts(made));
    expect(notes()).toBe(1);
    later(made, day);
    await sweep(settings, memorySweepPorts(made));
    expect(notes()).toBe(2);
  });
});
