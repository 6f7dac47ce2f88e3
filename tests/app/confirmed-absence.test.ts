import fc from 'fast-check';
import { everythingOfOurs, isProven, unprovenOf } from '../../shared/app/revoke-all.ts';
import { roleAccess } from '../../shared/app/revoke-role.ts';
import { reconcileTimeoutMilliseconds } from '../../shared/core/bindings.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setPolicy,
  setRole,
  unavailable,
} from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, reader, reports, settings } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { drifted, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { createWorld, parameterPlaces, sharedBinding, tagRole, takeCalls } from '../support/world.ts';

/** The reader is bound and published, and then deleted. */
const deleted = async (answer: 'notFound' | 'notPermitted'): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  await settleAll(world);
  world.policies.delete(readerPolicy);
  if (answer === 'notPermitted') world.denied.add(readerPolicy);
  return world;
};
const answering = (world: MemoryWorld, call: RegExp, error: Error) => {
  world.before = (name) => {
    if (call.test(name)) throw error;
  };
};
const blind = (report: Awaited<ReturnType<typeof runSweep>>) => report.blindSpots.map(({ what }) => what);
const aboutReader = [`the allow policy of ${reader}`];

describe('invariant 4: a deleted account, from the sweep’s point of view', () => {
  it.each(['notFound', 'notPermitted'] as const)(
    'that answers %s: its config is removed once a listing no longer has it',
    async (answer) => {
      const world = await deleted(answer);
      world.now = new Date(world.now.getTime() + reconcileTimeoutMilliseconds);
      tagRole(world, {});
      const report = await runSweep(world);
      expect(report).toMatchObject({ blindSpots: [], notOptedIn: [], notReadable: [] });
      expect(world.drifts[0]).toMatchObject({ absent: [readerPolicy] });
      const [repaired] = await runRepair(world);
      expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Revoked']);
      expect(parameterPlaces(world)).toEqual([]);
    },
  );

  it('if the listing is later than the failed read, an account that comes back in between is not absent', async () => {
    const world = await deleted('notPermitted');
    let listings = 0;
    world.before = (call) => {
      if (call === 'listServiceAccounts acme-data' && (listings += 1) === 2)
        setPolicy(world, readerPolicy, {});
    };
    expect(blind(await runSweep(world))).toEqual(aboutReader);
    expect(listings).toBe(2);
  });

  it('reconcile does not trust a drift that reports it absent: it lists the project itself', async () => {
    const world = await deleted('notPermitted');
    tagRole(world, {});
    await runSweep(world);
    // Its owner restored it, before the drift was handled.
    setPolicy(world, readerPolicy, {});
    const [repaired] = await runRepair(world);
    // Nothing is reported as gone, and the ledger still lists it. No tag requests the config, and the sweep released
    // it.
    expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(world)).toMatchObject([{ resource: readerPolicy }]);
  });

  it.each([
    ['fails', /^listServiceAccounts acme-data/, unavailable('Google')],
    ['is refused', /^listServiceAccounts/, new PermanentError('no lister role', { because: 'notPermitted' })],
    ['gets NOT_FOUND', /^listServiceAccounts/, new PermanentError('no project', { because: 'notFound' })],
  ])('a listing that %s proves nothing', async (_, call, error) => {
    const world = await deleted('notPermitted');
    tagRole(world, {});
    answering(world, call, error);
    expect(blind(await runSweep(world))).toContain(aboutReader[0]);
    world.before = () => undefined;
    const [repaired] = await runRepair(world);
    expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('a listing whose second page fails proves nothing', async () => {
    const world = await deleted('notPermitted');
    for (const name of ['a', 'b', 'c']) setPolicy(world, serviceAccountResource(email(name)), {});
    world.pageSize = 2;
    let pages = 0;
    world.before = (call) => {
      if (call !== 'listServiceAccounts acme-data') return;
      pages += 1;
      // The listing that would prove it fails; the first listing is complete.
      if (pages === 4) throw unavailable('Google');
    };
    expect(blind(await runSweep(world))).toEqual(aboutReader);
  });

  it.each([
    ['a proxy’s page', new PermanentError('not from a Google API')],
    ['a perimeter', new PermanentError('VPC Service Controls')],
    ['an API that is off', new PermanentError('disabled', { because: 'serviceDisabled' })],
    ['an outage', unavailable('Google')],
  ])('the answer of %s is not evidence, even if the listing lacks the account', async (_, error) => {
    const world = await deleted('notFound');
    tagRole(world, {});
    answering(world, new RegExp(`^getIamPolicy ${readerPolicy}`), error);
    expect(blind(await runSweep(world))).toEqual(aboutReader);
    expect(world.drifts).toEqual([]);
    expect(parameterPlaces(world)).toHaveLength(2);
  });
});

describe('invariant 4: accounts that exist and cannot be read', () => {
  const other = serviceAccountResource(email('other'));
  const denied = (...resources: readonly string[]): MemoryWorld => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setPolicy(world, other, {});
    for (const resource of resources) world.denied.add(resource);
    return world;
  };

  it('not named by anything: counted, neither a blind spot nor proof', async () => {
    const world = denied(writerPolicy, other);
    expect(await runSweep(world)).toMatchObject({
      notReadable: [other, writerPolicy],
      notOptedIn: [],
      blindSpots: [],
    });
    const found = await everythingOfOurs(settings, memorySweepPorts(world));
    expect(isProven(found)).toBe(false);
    expect(unprovenOf(found)).toMatchObject([{ what: '2 service accounts' }]);
    world.denied.clear();
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(true);
  });

  it('requested by a tag: not opted in, as Google confirms, and not proof', async () => {
    const world = denied(other);
    tagRole(world, { 'google-access': email('other') });
    expect(await runSweep(world)).toMatchObject({ notOptedIn: [other], notReadable: [], blindSpots: [] });
    expect(isProven(await everythingOfOurs({ ...settings }, memorySweepPorts(world)))).toBe(false);
    answering(world, /^testIamPermissions/, unavailable('Google'));
    expect(blind(await runSweep(world))).toEqual([`the allow policy of ${email('other')}`]);
  });

  it('requested, in a project that we may not list: a blind spot', async () => {
    const world = denied(other);
    tagRole(world, { 'google-access': email('other') });
    answering(world, /^listServiceAccounts acme-data/, new PermanentError('no', { because: 'notPermitted' }));
    expect(blind(await runSweep(world))).toEqual([
      'the service accounts of project acme-data',
      `the allow policy of ${email('other')}`,
    ]);
    expect(takeCalls(world, /^testIamPermissions/)).toEqual([]);
  });

  it('named by a published config: a blind spot, regardless of what its owner chose', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.denied.add(readerPolicy);
    expect(blind(await runSweep(world))).toEqual(aboutReader);
  });

  it('a role that requested an absent account has nothing, and that is proven', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': email('nobody') });
    const { held } = await roleAccess(settings, memoryPorts(world), reports);
    expect(held).toEqual({ resources: [], parameters: [], unseen: [] });
    world.denied.add(readerPolicy);
    tagRole(world, { 'google-access': reader });
    expect((await roleAccess(settings, memoryPorts(world), reports)).held.unseen).toHaveLength(1);
  });
});

describe('invariant 4: nothing is published where nothing can be bound', () => {
  const fifty = Array.from({ length: 50 }, (_, index) => email(`none-${index}`));
  const tagged = (): MemoryWorld => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setRole(
      world,
      reports,
      fifty.map((one, index) => ({ key: `google-access/g${index}`, value: one })),
    );
    return world;
  };
  const cloudWrites = /^(PutParameter|DeleteParameter|setIamPolicy) /;

  it.each([
    ['do not exist', () => undefined],
    [
      'may not be read',
      (world: MemoryWorld) => fifty.forEach((one) => world.denied.add(serviceAccountResource(one))),
    ],
  ])('50 tags for accounts that %s cost 50 reads per event, and no write', async (_, change) => {
    const world = tagged();
    change(world);
    const [report] = await runReconcile(world);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(Array.from({ length: 50 }, () => 'Failed'));
    expect(world.calls.filter((call) => cloudWrites.test(call))).toEqual([]);
    expect(world.calls.filter((call) => call.startsWith('getIamPolicy'))).toHaveLength(50);
    expect(takeCalls(world, /^listServiceAccounts/)).toEqual([]);
  });

  it('and one more listing in a sweep, and one for its drift', async () => {
    const world = tagged();
    await runSweep(world);
    expect(takeCalls(world, /^(listServiceAccounts acme-data|PutParameter \S+ \/|DeleteParameter)/)).toEqual([
      'listServiceAccounts acme-data',
      'listServiceAccounts acme-data',
    ]);
    await runRepair(world);
    expect(takeCalls(world, /^(listServiceAccounts|PutParameter|DeleteParameter)/)).toEqual([
      'listServiceAccounts acme-data',
    ]);
  });

  it('an account that cannot be read for now is bound and published when the message is retried', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    answering(world, /^getIamPolicy/, unavailable('Google'));
    const [report] = await runReconcile(world);
    expect(report?.retry).toBeDefined();
    expect(parameterPlaces(world)).toEqual([]);
    world.before = () => undefined;
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
    expect(parameterPlaces(world)).toHaveLength(2);
  });
});

/** Everything that may happen to the reader's account and to each answer about it. */
const histories = fc.record({
  exists: fc.boolean(),
  read: fc.constantFrom('own', 'notFound', 'notPermitted', 'serviceDisabled', 'obstructed', 'outage'),
  list: fc.constantFrom('own', 'notFound', 'notPermitted', 'obstructed', 'outage'),
  isTagged: fc.boolean(),
});
const errorOf = (kind: string): Error => {
  switch (kind) {
    case 'notFound':
    case 'notPermitted':
    case 'serviceDisabled':
      return new PermanentError(kind, { because: kind });
    case 'outage':
      return unavailable('Google');
    default:
      return new PermanentError(kind);
  }
};

it('invariant 4: a binding that may exist stays in the ledger, and no Revoked is sent for it', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ exists, read, list, isTagged }) => {
      const world = createWorld({ readerBindings: [sharedBinding] });
      tagRole(world, { 'google-access': reader });
      await settleAll(world);
      world.now = new Date(world.now.getTime() + reconcileTimeoutMilliseconds);
      if (!isTagged) tagRole(world, {});
      if (!exists) world.policies.delete(readerPolicy);
      world.before = (call) => {
        if (read !== 'own' && call === `getIamPolicy ${readerPolicy}`) throw errorOf(read);
        if (list !== 'own' && call.startsWith('listServiceAccounts')) throw errorOf(list);
      };
      const report = await runSweep(world);
      const repaired = await runRepair(world);
      const isReadable = exists && read === 'own';
      const mayBeAbsent = ['own', 'notFound', 'notPermitted'].includes(read);
      const isProvenAbsent = !exists && list === 'own' && mayBeAbsent;
      const sent = repaired.flatMap(({ outcomes }) => outcomes.map(({ type }) => type));
      const isRemoved = isProvenAbsent || (isReadable && !isTagged);
      expect(entriesOf(world)).toHaveLength(isRemoved ? 0 : 1);
      // The config of a requested binding stays with it. A config that no tag requests may be removed before its
      // binding.
      if (isRemoved || isTagged) expect(parameterPlaces(world)).toHaveLength(isRemoved ? 0 : 2);
      expect(sent.includes('Revoked')).toBe(isRemoved && !isTagged);
      expect(blind(report).includes(aboutReader[0] ?? '')).toBe(!isReadable && !isProvenAbsent);
      expect(drifted(world)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
