import type { RoleRequest } from '../../shared/app/role-run.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import {
  createWorld,
  failCalls,
  parameterPlaces,
  tagRole,
  takeCalls,
  takeReports,
} from '../support/world.ts';

const key = 'google-access';

const name = '/google-access/reports/default';

const cloudWrites = /^(PutParameter|DeleteParameter|setIamPolicy) /;

const boundOn = (world: MemoryWorld, resource: string) =>
  (world.policies.get(resource)?.policy.bindings ?? []).flatMap(({ members }) => members);

describe('invariant 2: the ledger first, the ledger last', () => {
  const ledgerAndWrites = (world: MemoryWorld) =>
    takeCalls(world, /^(PutItem role|DeleteItem role|setIamPolicy|PutParameter|DeleteParameter)/).map(
      (call) => call.split(' ')[0],
    );

  it('a grant is announced, then bound, then published', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    expect(ledgerAndWrites(world)).toEqual(['PutItem', 'setIamPolicy', 'PutParameter', 'PutParameter']);
    expect(entriesOf(world)).toEqual([
      {
        googleRole: 'roles/iam.workloadIdentityUser',
        resource: readerPolicy,
        member: memberOf(settings, reports),
        grants: ['default'],
        since: now.toISOString(),
        announcedAt: now.toISOString(),
        requesters: [{ grant: 'default', requestedBy: 'alice', eventId: 'e-1', eventName: 'TagRole' }],
      },
    ]);
  });

  it('a revocation unbinds, then unpublishes, then leaves the ledger', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    ledgerAndWrites(world);
    tagRole(world, {});
    await runReconcile(world);
    expect(ledgerAndWrites(world)).toEqual([
      'setIamPolicy',
      'DeleteParameter',
      'DeleteParameter',
      'DeleteItem',
    ]);
    expect(entriesOf(world)).toEqual([]);
  });

  it.each([
    ['the item cannot be read', /^BatchGetItem role/],
    ['the announcement fails', /^PutItem role/],
    ['the scope entry cannot be written', /^PutItem scope/],
    ['the scope cannot be read', /^BatchGetItem scope/],
  ])('if %s, nothing is bound or published, and the message is retried', async (_, pattern) => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, pattern, unavailable('DynamoDB'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('DynamoDB is not available (503).');
    expect(takeCalls(world, cloudWrites)).toEqual([]);
    expect(takeReports(world)).toEqual([]);
  });

  it('an item that this version cannot read stops its role permanently, and no other role', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    tagRole(world, { [key]: reader }, 'app-1');
    const pk = 'role#aws:111122223333:reports';
    world.table.set(`${pk} bindings`, { pk, sk: 'bindings', revision: 'r', body: '{"version":2}' });
    await runReconcile(world, [requestFor(), requestFor('app-1')]);
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, roleRef('app-1'))]);
    expect(takeReports(world)).toEqual([
      ['Failed', undefined, expect.stringContaining('is not one that this version of rolebridge can read')],
      ['Granted', 'default', expect.anything()],
    ]);
  });

  it('everything that the configuration uses is entered before the first write, once per container', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    const ports = memoryPorts(world);
    await runReconcile(world, [requestFor()], settings, ports);
    const calls = takeCalls(world, /^(PutItem|setIamPolicy)/);
    expect(calls.slice(0, 8).every((call) => call.startsWith('PutItem scope'))).toBe(true);
    expect(calls[7]).toBe('PutItem scope initialized');
    tagRole(world, { [key]: reader }, 'app-1');
    await runReconcile(world, [requestFor('app-1')], settings, ports);
    expect(takeCalls(world, /PutItem scope|BatchGetItem scope/)).toEqual([]);
    tagRole(world, { [key]: reader }, 'app-2');
    await runReconcile(world, [requestFor('app-2')]);
    // Another container: it reads the pools, and which entries exist.
    expect(takeCalls(world, /PutItem scope|BatchGetItem scope|Query scope/)).toHaveLength(2);
  });

  it.each([
    ['refuses the write', new PermanentError('403', { because: 'notPermitted' }), 0],
    ['gives another answer to it', new PermanentError('a proxy answered'), 1],
  ])('if Google %s, the entry stays only if the binding may exist', async (_, error, entries) => {
    const world = createWorld();
    failCalls(world, /^setIamPolicy/, error);
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    expect(entriesOf(world)).toHaveLength(entries);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('an entry stays while its unbind fails, but the config is removed', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    takeReports(world);
    tagRole(world, {});
    failCalls(world, /^setIamPolicy/, new PermanentError('no'));
    await runReconcile(world);
    expect(entriesOf(world)).toHaveLength(1);
    expect(parameterPlaces(world)).toEqual([]);
    expect(takeReports(world)).toEqual([['Failed', 'default', 'Access may still be there. no']]);
  });

  it('an entry does not stay because of a config that cannot be removed', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    tagRole(world, {});
    failCalls(world, /^DeleteParameter/, unavailable('SSM'));
    const [report] = await runReconcile(world);
    expect(entriesOf(world)).toEqual([]);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
  });

  it('a first bind that Google rejects leaves no entry and no config', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    world.rejected.add(memberOf(settings, reports));
    await runReconcile(world);
    expect(entriesOf(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(takeReports(world)).toEqual([
      ['Failed', 'default', expect.stringContaining('permitted customer')],
    ]);
  });

  it('a rejected bind that another function announced a moment ago stays listed: Google may have accepted that one', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    world.rejected.add(memberOf(settings, reports));
    setEntries(world, [entryFor(reader, { announcedAt: now.toISOString() })]);
    await runReconcile(world);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('a bind whose answer was lost stays listed', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    world.after = (call) => {
      if (call.startsWith('setIamPolicy')) throw unavailable('the answer');
    };
    await runReconcile(world);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('an account that is absent, or that we cannot see, costs no write', async () => {
    const world = createWorld();
    world.denied.add(writerPolicy);
    tagRole(world, { [key]: email('nobody'), 'google-access/w': writer });
    await runReconcile(world);
    expect(ledgerAndWrites(world)).toEqual([]);
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([
      ['Failed', 'default'],
      ['Failed', 'w'],
    ]);
  });

  it('a full item takes no new grants, but revocations still work', async () => {
    const world = createWorld();
    const full = Array.from({ length: 200 }, (__, index) =>
      entryFor(email(`other-${index}`), { announcedAt: '2026-11-24T10:00:00.000Z' }),
    );
    setEntries(world, full);
    for (const { resource } of full) setPolicy(world, resource, { bindings: [binding([reports])] });
    const limit: RoleRequest = requestFor('reports', { namedKeys: [] });
    tagRole(world, { [key]: reader });
    await runReconcile(world, [limit]);
    expect(takeReports(world)).toMatchObject([
      ['Failed', 'default', expect.stringContaining('is full (200 bindings, or 390 KB)')],
    ]);
    expect(entriesOf(world)).toHaveLength(200);
    tagRole(world, {});
    await runReconcile(world);
    expect(entriesOf(world)).toEqual([]);
  });

  it('dry-run writes nothing to the table', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor()], { ...settings, mode: 'dry-run' });
    expect(takeCalls(world, /^(Put|Delete)Item/)).toEqual([]);
  });

  it('upsert-only keeps the entries of everything that it leaves in place', async () => {
    const world = createWorld();
    const upsert: Settings = { ...settings, mode: 'upsert-only' };
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor()], upsert);
    tagRole(world, { [key]: writer });
    await runReconcile(world, [requestFor()], upsert);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual([readerPolicy, writerPolicy]);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], upsert);
    expect(entriesOf(world)).toHaveLength(2);
  });
});

describe('a change that fails', () => {
  it('a bind that fails holds back its config, and is reported once', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, /^setIamPolicy/, new PermanentError('no'));
    await runReconcile(world);
    expect(takeReports(world)).toEqual([['Failed', 'default', 'no']]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a config that cannot be written does not remove access', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, /^PutParameter us-east-1/, unavailable('SSM'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(parameterPlaces(world)).toEqual([`eu-west-1 ${name}`]);
  });

  it('a failed unbind does not keep the role from its new target', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    takeReports(world);
    tagRole(world, { [key]: writer });
    failCalls(world, new RegExp(`^setIamPolicy ${readerPolicy}`), new PermanentError('no'));
    await runReconcile(world);
    expect(boundOn(world, writerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(takeReports(world)).toEqual([
      ['Granted', 'default', expect.anything()],
      ['Failed', 'default', 'Access may still be there. no'],
    ]);
  });

  it('a failure of one role does not affect other roles', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    tagRole(world, { [key]: reader }, 'app-1');
    failCalls(world, /^PutItem role#aws:111122223333:reports/, unavailable('DynamoDB'));
    const reported = await runReconcile(world, [requestFor(), requestFor('app-1')]);
    expect(reported.map(({ retry }) => retry === undefined)).toEqual([false, true]);
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, roleRef('app-1'))]);
  });
});

describe('an allow policy', () => {
  it('is read once and written once for all roles of a batch', async () => {
    const world = createWorld();
    const old = roleRef('app-old');
    setPolicy(world, readerPolicy, { bindings: [binding([old])] });
    setEntries(world, [entryFor(reader, { member: memberOf(settings, old) })], old);
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor('app-old', { resources: [readerPolicy] }), requestFor()]);
    expect(takeCalls(world, /IamPolicy/)).toEqual([
      `getIamPolicy ${readerPolicy}`,
      `setIamPolicy ${readerPolicy}`,
    ]);
    expect(boundOn(world, readerPolicy)).toEqual([memberOf(settings, reports)]);
  });

  it('that could not be read is not written, and every change to it fails', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, /^getIamPolicy/, unavailable('Google'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(takeCalls(world, /IamPolicy/)).toEqual([`getIamPolicy ${readerPolicy}`]);
    // The ledger lists nothing on it, and nothing can be bound now, so a config would be useless.
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
  });
});

describe('a folder that cannot be read', () => {
  it('is not written to; the access is granted, with the copies in the other regions', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, /^GetParametersByPath us-east-1/, unavailable('SSM'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(takeCalls(world, cloudWrites)).toEqual([
      `setIamPolicy ${readerPolicy}`,
      `PutParameter eu-west-1 ${name}`,
    ]);
  });
});

it('at most eight calls of one kind run at a time', async () => {
  const world = createWorld();
  const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
  for (const one of names) {
    setPolicy(world, `projects/acme-data/serviceAccounts/${email(one)}`, {});
    tagRole(world, { [key]: email(one) }, one);
  }
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const kindOf = (call: string) => call.split(' ')[0] ?? '';
  world.before = async (call) => {
    const kind = kindOf(call);
    open.set(kind, (open.get(kind) ?? 0) + 1);
    most.set(kind, Math.max(most.get(kind) ?? 0, open.get(kind) ?? 0));
    await new Promise(setImmediate);
  };
  world.after = (call) => {
    const kind = kindOf(call);
    open.set(kind, (open.get(kind) ?? 0) - 1);
  };
  await runReconcile(
    world,
    names.map((one) => requestFor(one)),
  );
  expect(Object.fromEntries(most)).toEqual({
    Query: 1,
    BatchGetItem: 1,
    GetRole: 8,
    PutItem: 8,
    // Eight roles, in two regions.
    GetParametersByPath: 16,
    getIamPolicy: 8,
    PutParameter: 8,
    setIamPolicy: 8,
    PutEvents: 1,
    SendMessageBatch: 1,
  });
});
