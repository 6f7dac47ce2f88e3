import fc from 'fast-check';
import { everythingOfOurs, isProven, unprovenOf } from '../../shared/app/revoke-all.ts';
import { roleAccess } from '../../shared/app/revoke-role.ts';
import { settlingMilliseconds } from '../../shared/core/bindings.ts';
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
import { callsOf, run as reconcileNow, request } from '../support/reconciling.ts';
import { email, reader, reports, settings } from '../support/settings.ts';
import {
  drifted,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  world,
  writerPolicy,
} from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';

/** The reader is bound and published, and then deleted. */
const deleted = async (answer: 'notFound' | 'notPermitted'): Promise<MemoryWorld> => {
  const made = world();
  tag(made, reader);
  await settleAll(made);
  made.policies.delete(readerPolicy);
  if (answer === 'notPermitted') made.denied.add(readerPolicy);
  return made;
};
const answering = (made: MemoryWorld, call: RegExp, error: Error) => {
  made.before = (name) => {
    if (call.test(name)) throw error;
  };
};
const blind = (report: Awaited<ReturnType<typeof run>>) => report.blindSpots.map(({ what }) => what);
const aboutReader = [`the allow policy of ${reader}`];

describe('invariant 4: a deleted account, as the sweep sees it', () => {
  it.each(['notFound', 'notPermitted'] as const)(
    'that answers %s: its config is removed once a listing lacks it',
    async (answer) => {
      const made = await deleted(answer);
      made.now = new Date(made.now.getTime() + settlingMilliseconds);
      setRole(made, reports, []);
      const report = await run(made);
      expect(report).toMatchObject({ blindSpots: [], notOptedIn: 0, notReadable: 0 });
      expect(made.drifts[0]).toMatchObject({ absent: [readerPolicy] });
      const [repaired] = await repair(made);
      expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Revoked']);
      expect(places(made)).toEqual([]);
    },
  );

  it('the listing is later than the failed read: what comes back in between is not absent', async () => {
    const made = await deleted('notPermitted');
    let listings = 0;
    made.before = (call) => {
      if (call === 'listServiceAccounts acme-data' && (listings += 1) === 2)
        setPolicy(made, readerPolicy, {});
    };
    expect(blind(await run(made))).toEqual(aboutReader);
    expect(listings).toBe(2);
  });

  it('reconcile believes no drift that says so: it lists the project itself', async () => {
    const made = await deleted('notPermitted');
    setRole(made, reports, []);
    await run(made);
    // Its owner restored it, before the drift was handled.
    setPolicy(made, readerPolicy, {});
    const [repaired] = await repair(made);
    // Nothing is reported as gone, and the ledger still lists it. No tag asks for the config, and the sweep released it.
    expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(made)).toMatchObject([{ resource: readerPolicy }]);
  });

  it.each([
    ['fails', /^listServiceAccounts acme-data/, unavailable('Google')],
    ['is refused', /^listServiceAccounts/, new PermanentError('no lister role', { because: 'notPermitted' })],
    ['gets NOT_FOUND', /^listServiceAccounts/, new PermanentError('no project', { because: 'notFound' })],
  ])('a listing that %s proves nothing', async (_, call, error) => {
    const made = await deleted('notPermitted');
    setRole(made, reports, []);
    answering(made, call, error);
    expect(blind(await run(made))).toContain(aboutReader[0]);
    made.before = () => undefined;
    const [repaired] = await repair(made);
    expect(repaired?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('a listing whose second page fails proves nothing', async () => {
    const made = await deleted('notPermitted');
    for (const name of ['a', 'b', 'c']) setPolicy(made, serviceAccountResource(email(name)), {});
    made.pageSize = 2;
    let pages = 0;
    made.before = (call) => {
      if (call !== 'listServiceAccounts acme-data') return;
      pages += 1;
      // Of the listing that would prove it; the first one is whole.
      if (pages === 4) throw unavailable('Google');
    };
    expect(blind(await run(made))).toEqual(aboutReader);
  });

  it.each([
    ['a proxy’s page', new PermanentError('not from a Google API')],
    ['a perimeter', new PermanentError('VPC Service Controls')],
    ['an API that is off', new PermanentError('disabled', { because: 'serviceDisabled' })],
    ['an outage', unavailable('Google')],
  ])('the answer of %s is no evidence, even if the listing lacks the account', async (_, error) => {
    const made = await deleted('notFound');
    setRole(made, reports, []);
    answering(made, new RegExp(`^getIamPolicy ${readerPolicy}`), error);
    expect(blind(await run(made))).toEqual(aboutReader);
    expect(made.drifts).toEqual([]);
    expect(places(made)).toHaveLength(2);
  });
});

describe('invariant 4: accounts that exist and cannot be read', () => {
  const other = serviceAccountResource(email('other'));
  const denied = (...resources: readonly string[]): MemoryWorld => {
    const made = world();
    setPolicy(made, other, {});
    for (const resource of resources) made.denied.add(resource);
    return made;
  };

  it('named by nothing: counted, no blind spot, and no proof', async () => {
    const made = denied(writerPolicy, other);
    expect(await run(made)).toMatchObject({ notReadable: 2, notOptedIn: 0, blindSpots: [] });
    const found = await everythingOfOurs(settings, memorySweepPorts(made));
    expect(isProven(found)).toBe(false);
    expect(unprovenOf(found)).toMatchObject([{ what: '2 service accounts' }]);
    made.denied.clear();
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(made)))).toBe(true);
  });

  it('asked for by a tag: not opted in, as Google confirms, and no proof', async () => {
    const made = denied(other);
    tag(made, email('other'));
    expect(await run(made)).toMatchObject({ notOptedIn: 1, notReadable: 0, blindSpots: [] });
    expect(isProven(await everythingOfOurs({ ...settings }, memorySweepPorts(made)))).toBe(false);
    answering(made, /^testIamPermissions/, unavailable('Google'));
    expect(blind(await run(made))).toEqual([`the allow policy of ${email('other')}`]);
  });

  it('asked for, in a project that may not be listed: a blind spot', async () => {
    const made = denied(other);
    tag(made, email('other'));
    answering(made, /^listServiceAccounts acme-data/, new PermanentError('no', { because: 'notPermitted' }));
    expect(blind(await run(made))).toEqual([
      'the service accounts of project acme-data',
      `the allow policy of ${email('other')}`,
    ]);
    expect(callsOf(made, /^testIamPermissions/)).toEqual([]);
  });

  it('named by a published config: a blind spot, whatever its owner chose', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    made.denied.add(readerPolicy);
    expect(blind(await run(made))).toEqual(aboutReader);
  });

  it('a role that asked for an absent account has nothing, and that is proven', async () => {
    const made = world();
    tag(made, email('nobody'));
    const { held } = await roleAccess(settings, memoryPorts(made), reports);
    expect(held).toEqual({ resources: [], parameters: [], unseen: [] });
    made.denied.add(readerPolicy);
    tag(made, reader);
    expect((await roleAccess(settings, memoryPorts(made), reports)).held.unseen).toHaveLength(1);
  });
});

describe('invariant 4: nothing is published where nothing can be bound', () => {
  const fifty = Array.from({ length: 50 }, (_, index) => email(`none-${index}`));
  const tagged = (): MemoryWorld => {
    const made = world();
    setRole(
      made,
      reports,
      fifty.map((one, index) => ({ key: `google-access/g${index}`, value: one })),
    );
    return made;
  };
  const writes = /^(PutParameter|DeleteParameter|setIamPolicy) /;

  it.each([
    ['do not exist', () => undefined],
    [
      'may not be read',
      (made: MemoryWorld) => fifty.forEach((one) => made.denied.add(serviceAccountResource(one))),
    ],
  ])('50 tags for accounts that %s cost 50 reads at an event, and no write', async (_, change) => {
    const made = tagged();
    change(made);
    const [report] = await reconcileNow(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(Array.from({ length: 50 }, () => 'Failed'));
    expect(made.calls.filter((call) => writes.test(call))).toEqual([]);
    expect(made.calls.filter((call) => call.startsWith('getIamPolicy'))).toHaveLength(50);
    expect(callsOf(made, /^listServiceAccounts/)).toEqual([]);
  });

  it('and one more listing at a sweep, and one at its drift', async () => {
    const made = tagged();
    await run(made);
    expect(callsOf(made, /^(listServiceAccounts acme-data|PutParameter \S+ \/|DeleteParameter)/)).toEqual([
      'listServiceAccounts acme-data',
      'listServiceAccounts acme-data',
    ]);
    await repair(made);
    expect(callsOf(made, /^(listServiceAccounts|PutParameter|DeleteParameter)/)).toEqual([
      'listServiceAccounts acme-data',
    ]);
  });

  it('an account that cannot be read for now is bound and published when the message comes back', async () => {
    const made = world();
    tag(made, reader);
    answering(made, /^getIamPolicy/, unavailable('Google'));
    const [report] = await reconcileNow(made);
    expect(report?.retry).toBeDefined();
    expect(places(made)).toEqual([]);
    made.before = () => undefined;
    await reconcileNow(made, [request('reports', { delivery: 'again' })]);
    expect(places(made)).toHaveLength(2);
  });
});

/** What may happen to the reader's account and to every answer about it. */
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
      const made = world();
      tag(made, reader);
      await settleAll(made);
      made.now = new Date(made.now.getTime() + settlingMilliseconds);
      if (!isTagged) setRole(made, reports, []);
      if (!exists) made.policies.delete(readerPolicy);
      made.before = (call) => {
        if (read !== 'own' && call === `getIamPolicy ${readerPolicy}`) throw errorOf(read);
        if (list !== 'own' && call.startsWith('listServiceAccounts')) throw errorOf(list);
      };
      const report = await run(made);
      const repaired = await repair(made);
      const isReadable = exists && read === 'own';
      const mayBeAbsent = ['own', 'notFound', 'notPermitted'].includes(read);
      const isProvenAbsent = !exists && list === 'own' && mayBeAbsent;
      const sent = repaired.flatMap(({ outcomes }) => outcomes.map(({ type }) => type));
      const isRemoved = isProvenAbsent || (isReadable && !isTagged);
      expect(entriesOf(made)).toHaveLength(isRemoved ? 0 : 1);
      // The config of a requested binding stays with it. One that no tag requests may go before its binding.
      if (isRemoved || isTagged) expect(places(made)).toHaveLength(isRemoved ? 0 : 2);
      expect(sent.includes('Revoked')).toBe(isRemoved && !isTagged);
      expect(blind(report).includes(aboutReader[0] ?? '')).toBe(!isReadable && !isProvenAbsent);
      expect(drifted(made)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
