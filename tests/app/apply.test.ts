import type { RoleRequest } from '../../shared/app/role-request.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { callsOf, failing, places, request, run, tag, told, world, writes } from '../support/reconciling.ts';
import { email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';

const key = 'google-access';
const name = '/google-access/reports/default';
const boundOn = (made: ReturnType<typeof world>, resource: string) =>
  (made.policies.get(resource)?.policy.bindings ?? []).flatMap(({ members }) => members);

describe('invariant 2: the ledger first, the ledger last', () => {
  const ledgerAndWrites = (made: ReturnType<typeof world>) =>
    callsOf(made, /^(PutItem role|DeleteItem role|setIamPolicy|PutParameter|DeleteParameter)/).map(
      (call) => call.split(' ')[0],
    );

  it('a grant is announced, then bound, then published', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    expect(ledgerAndWrites(made)).toEqual(['PutItem', 'setIamPolicy', 'PutParameter', 'PutParameter']);
    expect(entriesOf(made)).toEqual([
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
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    ledgerAndWrites(made);
    tag(made, {});
    await run(made);
    expect(ledgerAndWrites(made)).toEqual([
      'setIamPolicy',
      'DeleteParameter',
      'DeleteParameter',
      'DeleteItem',
    ]);
    expect(entriesOf(made)).toEqual([]);
  });

  it.each([
    ['the item cannot be read', /^BatchGetItem role/],
    ['the announcement fails', /^PutItem role/],
    ['the scope cannot be entered', /^PutItem scope/],
    ['the scope cannot be read', /^BatchGetItem scope/],
  ])('where %s, nothing is bound or published, and the message comes back', async (_, pattern) => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, pattern, unavailable('DynamoDB'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('DynamoDB is not available (503).');
    expect(writes(made)).toEqual([]);
    expect(told(made)).toEqual([]);
  });

  it('an item that this version cannot read stops its role for good, and no other', async () => {
    const made = world();
    tag(made, { [key]: reader });
    tag(made, { [key]: reader }, 'app-1');
    const pk = 'role#aws:111122223333:reports';
    made.table.set(`${pk} bindings`, { pk, sk: 'bindings', revision: 'r', body: '{"version":2}' });
    await run(made, [request(), request('app-1')]);
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, roleRef('app-1'))]);
    expect(told(made)).toEqual([
      ['Failed', undefined, expect.stringContaining('is not one that this version of rolebridge can read')],
      ['Granted', 'default', expect.anything()],
    ]);
  });

  it('what the configuration uses is entered before the first write, once in a container', async () => {
    const made = world();
    tag(made, { [key]: reader });
    const ports = memoryPorts(made);
    await run(made, [request()], settings, ports);
    const calls = callsOf(made, /^(PutItem|setIamPolicy)/);
    expect(calls.slice(0, 8).every((call) => call.startsWith('PutItem scope'))).toBe(true);
    expect(calls[7]).toBe('PutItem scope initialized');
    tag(made, { [key]: reader }, 'app-1');
    await run(made, [request('app-1')], settings, ports);
    expect(callsOf(made, /PutItem scope|BatchGetItem scope/)).toEqual([]);
    tag(made, { [key]: reader }, 'app-2');
    await run(made, [request('app-2')]);
    // Another container: it reads the pools, and what is entered.
    expect(callsOf(made, /PutItem scope|BatchGetItem scope|Query scope/)).toHaveLength(2);
  });

  it.each([
    ['refuses the write', new PermanentError('403', { because: 'notPermitted' }), 0],
    ['gives another answer to it', new PermanentError('a proxy answered'), 1],
  ])('where Google %s, the entry stays only if the binding may be there', async (_, error, entries) => {
    const made = world();
    failing(made, /^setIamPolicy/, error);
    tag(made, { [key]: reader });
    await run(made);
    expect(entriesOf(made)).toHaveLength(entries);
    expect(places(made)).toEqual([]);
  });

  it('an entry stays while its unbind fails; the config goes', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    told(made);
    tag(made, {});
    failing(made, /^setIamPolicy/, new PermanentError('no'));
    await run(made);
    expect(entriesOf(made)).toHaveLength(1);
    expect(places(made)).toEqual([]);
    expect(told(made)).toEqual([['Failed', 'default', 'Access may still be there. no']]);
  });

  it('an entry does not stay for a config that cannot be removed', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    tag(made, {});
    failing(made, /^DeleteParameter/, unavailable('SSM'));
    const [report] = await run(made);
    expect(entriesOf(made)).toEqual([]);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
  });

  it('a first bind that Google rejects leaves no entry, and no config', async () => {
    const made = world();
    tag(made, { [key]: reader });
    made.rejected.add(memberOf(settings, reports));
    await run(made);
    expect(entriesOf(made)).toEqual([]);
    expect(places(made)).toEqual([]);
    expect(told(made)).toEqual([['Failed', 'default', expect.stringContaining('permitted customer')]]);
  });

  it('a rejected bind that another function announced a moment ago stays listed: that one may have been taken', async () => {
    const made = world();
    tag(made, { [key]: reader });
    made.rejected.add(memberOf(settings, reports));
    setEntries(made, [entryFor(reader, { announcedAt: now.toISOString() })]);
    await run(made);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('a bind of which the answer was lost stays listed', async () => {
    const made = world();
    tag(made, { [key]: reader });
    made.after = (call) => {
      if (call.startsWith('setIamPolicy')) throw unavailable('the answer');
    };
    await run(made);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('an account that is absent, or that cannot be seen, costs no write at all', async () => {
    const made = world();
    made.denied.add(writerPolicy);
    tag(made, { [key]: email('nobody'), 'google-access/w': writer });
    await run(made);
    expect(ledgerAndWrites(made)).toEqual([]);
    expect(told(made).map(([type, grant]) => [type, grant])).toEqual([
      ['Failed', 'default'],
      ['Failed', 'w'],
    ]);
  });

  it('a full item takes no new grants, and revocations still work', async () => {
    const made = world();
    const full = Array.from({ length: 200 }, (__, index) =>
      entryFor(email(`other-${index}`), { announcedAt: '2026-11-24T10:00:00.000Z' }),
    );
    setEntries(made, full);
    for (const { resource } of full) setPolicy(made, resource, { bindings: [binding([reports])] });
    const limit: RoleRequest = request('reports', { namedKeys: [] });
    tag(made, { [key]: reader });
    await run(made, [limit]);
    expect(told(made)).toMatchObject([
      ['Failed', 'default', expect.stringContaining('is full (200 bindings, or 390 KB)')],
    ]);
    expect(entriesOf(made)).toHaveLength(200);
    tag(made, {});
    await run(made);
    expect(entriesOf(made)).toEqual([]);
  });

  it('dry-run writes nothing to the table', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made, [request()], { ...settings, mode: 'dry-run' });
    expect(callsOf(made, /^(Put|Delete)Item/)).toEqual([]);
  });

  it('upsert-only keeps the entries of what it leaves in place', async () => {
    const made = world();
    const upsert: Settings = { ...settings, mode: 'upsert-only' };
    tag(made, { [key]: reader });
    await run(made, [request()], upsert);
    tag(made, { [key]: writer });
    await run(made, [request()], upsert);
    expect(entriesOf(made).map(({ resource }) => resource)).toEqual([readerPolicy, writerPolicy]);
    tag(made, {});
    await run(made, [request()], upsert);
    expect(entriesOf(made)).toHaveLength(2);
  });
});

describe('two functions that work on one role', () => {
  it('a lost announcement is read and planned again in the same invocation', async () => {
    const made = world();
    tag(made, { [key]: reader });
    let isFirst = true;
    made.before = (call) => {
      if (!call.startsWith('PutItem role') || !isFirst) return;
      isFirst = false;
      setEntries(made, [entryFor(writer)]);
    };
    const [report] = await run(made);
    expect(report?.retry).toBeUndefined();
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(entriesOf(made).map(({ resource }) => resource)).toEqual([readerPolicy]);
  });

  it('one that is always overtaken goes back to the queue, and binds nothing', async () => {
    const made = world();
    tag(made, { [key]: reader });
    made.before = (call) => {
      if (call.startsWith('PutItem role'))
        setEntries(made, [entryFor(writer, { announcedAt: now.toISOString() })]);
      if (call.startsWith('BatchGetItem role')) made.table.delete('role#aws:111122223333:reports bindings');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toContain('Someone else is working on role reports');
    expect(boundOn(made, readerPolicy)).toEqual([]);
  });

  it('after a conflict in the policy, the bind is announced again before it is made', async () => {
    const made = world();
    tag(made, { [key]: reader });
    let isFirst = true;
    made.before = (call) => {
      if (!call.startsWith('setIamPolicy') || !isFirst) return;
      isFirst = false;
      setPolicy(made, readerPolicy, {});
    };
    await run(made);
    expect(callsOf(made, /^(PutItem role|[gs]etIamPolicy)/).map((call) => call.split(' ')[0])).toEqual([
      'getIamPolicy',
      'PutItem',
      'setIamPolicy',
      'getIamPolicy',
      'PutItem',
      'setIamPolicy',
    ]);
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, reports)]);
  });

  it('a bind whose second announcement is lost is not made', async () => {
    const made = world();
    tag(made, { [key]: reader });
    let conflicts = 0;
    made.before = (call) => {
      if (!call.startsWith('setIamPolicy')) return;
      conflicts += 1;
      if (conflicts > 1) return;
      setPolicy(made, readerPolicy, {});
      // Someone else removed the entry, since the tag was gone.
      made.table.delete('role#aws:111122223333:reports bindings');
      tag(made, {});
    };
    await run(made);
    expect(conflicts).toBe(1);
    expect(boundOn(made, readerPolicy)).toEqual([]);
    expect(entriesOf(made)).toEqual([]);
  });
});

describe('a change that fails', () => {
  it('a bind that fails holds back its config, and is told once', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^setIamPolicy/, new PermanentError('no'));
    await run(made);
    expect(told(made)).toEqual([['Failed', 'default', 'no']]);
    expect(places(made)).toEqual([]);
  });

  it('a config that cannot be written takes no access away', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^PutParameter us-east-1/, unavailable('SSM'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(places(made)).toEqual([`eu-west-1 ${name}`]);
  });

  it('a failed unbind does not keep the role from its new target', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    told(made);
    tag(made, { [key]: writer });
    failing(made, new RegExp(`^setIamPolicy ${readerPolicy}`), new PermanentError('no'));
    await run(made);
    expect(boundOn(made, writerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(told(made)).toEqual([
      ['Granted', 'default', expect.anything()],
      ['Failed', 'default', 'Access may still be there. no'],
    ]);
  });

  it('one role’s failure touches no other role', async () => {
    const made = world();
    tag(made, { [key]: reader });
    tag(made, { [key]: reader }, 'app-1');
    failing(made, /^PutItem role#aws:111122223333:reports/, unavailable('DynamoDB'));
    const reported = await run(made, [request(), request('app-1')]);
    expect(reported.map(({ retry }) => retry === undefined)).toEqual([false, true]);
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, roleRef('app-1'))]);
  });
});

describe('a policy', () => {
  it('is read once and written once for all roles of a batch', async () => {
    const made = world();
    const old = roleRef('app-old');
    setPolicy(made, readerPolicy, { bindings: [binding([old])] });
    setEntries(made, [entryFor(reader, { member: memberOf(settings, old) })], old);
    tag(made, { [key]: reader });
    await run(made, [request('app-old', { resources: [readerPolicy] }), request()]);
    expect(callsOf(made, /IamPolicy/)).toEqual([
      `getIamPolicy ${readerPolicy}`,
      `setIamPolicy ${readerPolicy}`,
    ]);
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, reports)]);
  });

  it('that could not be read is not written, and every change to it has failed', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^getIamPolicy/, unavailable('Google'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(callsOf(made, /IamPolicy/)).toEqual([`getIamPolicy ${readerPolicy}`]);
    // Nothing was recorded on it, and nothing can be bound now: a config would be for nothing.
    expect(places(made)).toEqual([]);
    expect(entriesOf(made)).toEqual([]);
  });
});

describe('a folder that cannot be read', () => {
  it('is not written to; the access is there, and the copies in the other regions', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^GetParametersByPath us-east-1/, unavailable('SSM'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(writes(made)).toEqual([`setIamPolicy ${readerPolicy}`, `PutParameter eu-west-1 ${name}`]);
  });
});

it('no more than eight calls of a kind are made at a time', async () => {
  const made = world();
  const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
  for (const one of names) {
    setPolicy(made, `projects/acme-data/serviceAccounts/${email(one)}`, {});
    tag(made, { [key]: email(one) }, one);
  }
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const kindOf = (call: string) => call.split(' ')[0] ?? '';
  made.before = async (call) => {
    const kind = kindOf(call);
    open.set(kind, (open.get(kind) ?? 0) + 1);
    most.set(kind, Math.max(most.get(kind) ?? 0, open.get(kind) ?? 0));
    await new Promise(setImmediate);
  };
  made.after = (call) => {
    const kind = kindOf(call);
    open.set(kind, (open.get(kind) ?? 0) - 1);
  };
  await run(
    made,
    names.map((one) => request(one)),
  );
  expect(Object.fromEntries(most)).toEqual({
    Query: 1,
    BatchGetItem: 1,
    GetRole: 8,
    PutItem: 8,
    // Of eight roles, in two regions.
    GetParametersByPath: 16,
    getIamPolicy: 8,
    PutParameter: 8,
    setIamPolicy: 8,
    PutEvents: 1,
    SendMessageBatch: 1,
  });
});
