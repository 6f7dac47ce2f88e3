import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { googleServiceAccounts } from '../../../shared/adapters/google/service-accounts.ts';
import { reconcile } from '../../../shared/app/reconcile.ts';
import { everythingOfOurs, isProven } from '../../../shared/app/revoke-all.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../../shared/core/target.ts';
import { denied, googleSession, httpError } from '../../support/google-session.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, day, hour, isBound, tagRole } from '../../support/world.ts';

describe('invariant 9 + 4: a forged drift with absent', () => {
  const account = 'a@acme-old.iam.gserviceaccount.com';
  const resource = serviceAccountResource(account);

  it.each([
    ['held: without the forged drift', false],
    ['forged', true],
  ])('%s: the project stays for 30 days', async (_, isForged) => {
    const world = createWorld();
    setKnown(world);
    setUsed(world, 'project', 'acme-old', '2026-01-01T00:00:00Z');
    setEntries(world, [entryFor(account)]);
    // The account was just deleted, and no sweep has seen that. A teammate calls PutEvents.
    if (isForged)
      await reconcile(settings, memoryPorts(world), [
        requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [resource] }),
      ]);
    await runSweep(world);
    await runRepair(world);
    advance(world, 2 * hour);
    await runSweep(world);
    await runRepair(world);
    expect(usedNames(world)).toContain('acme-old');
    // Nearly 30 days later the project is still watched: Google restores the account, with its binding.
    advance(world, 29 * day);
    await runSweep(world);
    await runRepair(world);
    expect(usedNames(world)).toContain('acme-old');
    setPolicy(world, resource, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    await runSweep(world);
    await runRepair(world);
    expect(isBound(world, resource)).toBe(false);
  });
});

describe('invariant 4: a listing that did not come from Google', () => {
  it.each([
    ['an error in a 200', { error: { code: 403, status: 'PERMISSION_DENIED', message: 'no' } }],
    ['a page of a proxy in JSON', { message: 'Service temporarily unavailable' }],
    ['another API’s list', { items: [{ email: 'x' }] }],
  ])('%s is not a complete listing: the account is not absent', async (_, page) => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    expect(isBound(world)).toBe(true);
    advance(world, hour);
    world.denied.add(readerPolicy);
    const listings = { serviceAccounts: googleServiceAccounts(googleSession(() => page)) };
    await reconcile(settings, { ...memoryPorts(world), listings }, [
      requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [readerPolicy] }),
    ]);
    expect(entriesOf(world)).toHaveLength(1);
    expect([...world.parameters.keys()]).toHaveLength(2);
  });
});

describe('invariant 4: an empty listing does not show who answered', () => {
  const listed = async (answer: (url: string, count: number) => unknown): Promise<number> => {
    let accounts = 0;
    for await (const page of googleServiceAccounts(googleSession(answer))('acme-data'))
      accounts += page.length;
    return accounts;
  };
  const strange = 'the answer is not a page of service accounts';
  const isAboutNobody = (url: string): boolean => url.endsWith('/serviceAccounts/100000000000000000000');
  const refuse = (error: Error): never => {
    throw error;
  };

  it.each([
    ['{} to everything', () => ({}), strange],
    [
      '{} to the second page',
      (_: string, count: number) => (count === 1 ? { accounts: [], nextPageToken: 'a' } : {}),
      strange,
    ],
    [
      '404 from a proxy for everything that does not exist',
      (url: string) => (isAboutNobody(url) ? refuse(httpError(404, 'nginx')) : {}),
      'The answer is not from a Google API',
    ],
    [
      'pages in a circle',
      (_: string, count: number) => ({
        accounts: [{ projectId: 'acme-data', email: reader }],
        nextPageToken: 'abc'[count % 3],
      }),
      strange,
    ],
  ])('%s: not a complete listing', async (_, answer, message) => {
    await expect(listed(answer)).rejects.toThrow(message);
  });

  it.each([
    ['403', denied],
    [
      '404',
      httpError(404, { error: { code: 404, status: 'NOT_FOUND', message: 'Unknown service account' } }),
    ],
  ])('Google’s own %s for an account that does not exist: the project is empty', async (_, error) => {
    expect(await listed((url) => (isAboutNobody(url) ? refuse(error) : {}))).toBe(0);
  });
});

describe('invariant 2: an entry leaves only if Google rejected the only write', () => {
  it('a write whose answer was lost, then a rejection (the adapter sends the write twice)', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    const ports = memoryPorts(world);
    let isTried = false;
    const google = googlePolicies({
      ...googleSession(() => undefined),
      identity: {
        signIn: () => Promise.resolve(),
        request: async ({ data }) => {
          if (isTried) throw denied; // the owner has just revoked the editor role again
          isTried = true;
          const read = await ports.policies.read(readerPolicy);
          await ports.policies.write(readerPolicy, { ...read.policy, ...Object(Object(data).policy) });
          throw httpError(503, 'upstream connect error');
        },
      },
    });
    await reconcile(settings, { ...ports, policies: { ...ports.policies, write: google.write } }, [
      requestFor(),
    ]);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world)).toHaveLength(1);
  });
});

describe('invariant 4, without any attacker: a proxy that answers list calls with 200 and another object', () => {
  const page = { message: 'Service temporarily unavailable' };
  const broken = (world: MemoryWorld) => {
    const ports = memorySweepPorts(world);
    const serviceAccounts = googleServiceAccounts(googleSession(() => page));
    return { ...ports, listings: { ...ports.listings, serviceAccounts } };
  };

  it('revoke --all is not proven while a binding exists', async () => {
    const world = createWorld();
    setKnown(world);
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    expect(isProven(await everythingOfOurs(settings, broken(world)))).toBe(false);
  });

  it('held by a control: with Google’s own listing it is not proven', async () => {
    const world = createWorld();
    setKnown(world);
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [memberOf(settings, reports)] }],
    });
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(false);
  });

  it('a dropped project is not drained', async () => {
    const world = createWorld();
    setKnown(world);
    setUsed(world, 'project', 'acme-old', '2026-11-24T08:00:00Z');
    await sweep(settings, broken(world));
    expect(usedNames(world)).toContain('acme-old');
  });
});

describe('held: a control for the listing', () => {
  it('with the account in it, nothing is absent', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    advance(world, hour);
    world.denied.add(readerPolicy);
    const listings = {
      serviceAccounts: googleServiceAccounts(
        googleSession(() => ({ accounts: [{ projectId: 'acme-data', email: reader }] })),
      ),
    };
    await reconcile(settings, { ...memoryPorts(world), listings }, [
      requestOfDrift({ role: reports, resources: [], strays: [], released: [], absent: [readerPolicy] }),
    ]);
    expect(entriesOf(world)).toHaveLength(1);
  });
});
