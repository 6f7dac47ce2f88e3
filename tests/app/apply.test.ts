import { memoryPorts, setPolicy, unavailable } from '../../shared/adapters/memory.ts';
import { apply } from '../../shared/app/apply.ts';
import { desiredOf } from '../../shared/core/desired.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { ObservedFolder, ObservedPolicy } from '../../shared/core/observed.ts';
import { planRole } from '../../shared/core/plan.ts';
import { callsOf, failing, places, request, run, tag, told, world, writes } from '../support/reconciling.ts';
import { email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, configOf, policyOf, present, readerPolicy, writerPolicy } from '../support/snapshot.ts';

const key = 'google-access';
const name = '/google-access/reports/default';
const boundOn = (made: ReturnType<typeof world>, resource: string) =>
  (made.policies.get(resource)?.policy.bindings ?? []).flatMap(({ members }) => members);

describe('a change waits for what must be confirmed first', () => {
  it('without its record nothing is bound, and nothing is copied', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^PutParameter us-east-1/, unavailable('SSM'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(writes(made)).toEqual([`PutParameter us-east-1 ${name}`]);
    expect(places(made)).toEqual([]);
  });

  it('what is held back for good is told with the reason of what failed, once', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^PutParameter us-east-1/, new PermanentError('too many parameters'));
    await run(made);
    expect(told(made)).toEqual([['Failed', 'default', 'too many parameters']]);
    expect(boundOn(made, readerPolicy)).toEqual([]);
  });

  it('a failed unbind holds back the overwriting of its record, and the new target with it', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    writes(made);
    tag(made, { [key]: writer });
    failing(made, new RegExp(`^setIamPolicy ${readerPolicy}`), unavailable('Google'));
    await run(made);
    expect(writes(made)).toEqual([`setIamPolicy ${readerPolicy}`]);
    expect(boundOn(made, writerPolicy)).toEqual([]);
  });

  it('neither the loss nor the gain is told as done', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    told(made);
    tag(made, { [key]: writer });
    failing(made, new RegExp(`^setIamPolicy ${readerPolicy}`), new PermanentError('no'));
    await run(made);
    expect(told(made)).toEqual([
      ['Failed', 'default', 'Access may still be there. no'],
      ['Failed', 'default', 'no'],
    ]);
  });

  it('and nothing else: another grant of the same role goes on', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    writes(made);
    tag(made, { 'google-access/w': writer });
    failing(made, new RegExp(`^setIamPolicy ${readerPolicy}`), unavailable('Google'));
    await run(made);
    expect(boundOn(made, writerPolicy)).toEqual([memberOf(settings, reports)]);
    expect(places(made)).toContain(`us-east-1 ${name}`);
  });

  it('one role’s failure touches no other role', async () => {
    const made = world();
    tag(made, { [key]: reader });
    tag(made, { [key]: reader }, 'app-1');
    failing(made, /^PutParameter us-east-1 \/google-access\/reports/, unavailable('SSM'));
    const reported = await run(made, [request(), request('app-1')]);
    expect(reported.map(({ retry }) => retry === undefined)).toEqual([false, true]);
    expect(boundOn(made, readerPolicy)).toEqual([memberOf(settings, roleRef('app-1'))]);
  });
});

describe('every change has a result', () => {
  const error = new PermanentError('no');
  const heldBack = { kind: 'heldBack', because: error };
  const failed = { kind: 'failed', error, isAbsent: false };
  const done = { kind: 'done' };
  const resultsOf = async (
    tags: Readonly<Record<string, string>>,
    recorded: Readonly<Record<string, string>>,
    failingCall: string,
  ) => {
    const made = world();
    failing(made, new RegExp(`^${failingCall}`), error);
    const role = present('reports', tags);
    const folders: readonly ObservedFolder[] = settings.regions.map((region) => ({
      kind: 'read',
      region,
      path: '/google-access/reports',
      parameters: Object.entries(recorded).map(([grant, value]) => ({
        name: `/google-access/reports/${grant}`,
        value,
      })),
    }));
    const bound: ObservedPolicy = policyOf(binding([reports]));
    const policies = new Map([
      [readerPolicy, 'default' in recorded ? bound : policyOf()],
      [writerPolicy, policyOf()],
    ]);
    const changes = planRole(settings, { role, folders, policies }, desiredOf(role, settings, now));
    const planned = { role, folders, folderErrors: new Map(), changes };
    const results = await apply(settings, memoryPorts(made), [planned], {
      reads: new Map(),
      errors: failingCall === 'getIamPolicy' ? new Map([[readerPolicy, error]]) : new Map(),
    });
    return changes.map((change) => [change.kind, results.get(change)]);
  };

  it('where an unbind failed, what waits for it is held back, and what waits for that', async () => {
    const results = await resultsOf({ [key]: writer }, { default: configOf(reader) }, 'getIamPolicy');
    expect(results).toEqual([
      ['unbind', failed],
      ['publish', heldBack],
      ['publish', heldBack],
      ['bind', heldBack],
    ]);
  });

  it('where a record failed, so are its bind and the copies', async () => {
    expect(await resultsOf({ [key]: reader }, {}, 'PutParameter us-east-1')).toEqual([
      ['publish', failed],
      ['publish', heldBack],
      ['bind', heldBack],
    ]);
  });

  it('where a copy stays, so is the taking away of its record, though the role is unbound', async () => {
    expect(await resultsOf({}, { default: configOf(reader) }, 'DeleteParameter eu-west-1')).toEqual([
      ['unbind', done],
      ['unpublish', heldBack],
      ['unpublish', failed],
    ]);
  });
});

describe('a policy', () => {
  it('is read once for planning and its first write, and anew for the next', async () => {
    const made = world();
    setPolicy(made, readerPolicy, { bindings: [binding([roleRef('app-old')])] });
    tag(made, { [key]: reader });
    await run(made, [request('app-old', { resources: [readerPolicy] }), request()]);
    // The unbind waits for nothing, the bind for its record.
    expect(callsOf(made, /IamPolicy/)).toEqual([
      `getIamPolicy ${readerPolicy}`,
      `setIamPolicy ${readerPolicy}`,
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
    // It may be bound, for all that we know: the record stays.
    expect(places(made)).toEqual([`us-east-1 ${name}`]);
  });
});

describe('a folder that cannot be read', () => {
  it('is not written to', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(writes(made)).toEqual([`PutParameter us-east-1 ${name}`, `setIamPolicy ${readerPolicy}`]);
  });

  it('holds back the bind where it is the first region’s: the record could not be seen', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^GetParametersByPath us-east-1/, new PermanentError('not permitted'));
    await run(made);
    expect(writes(made)).toEqual([]);
    expect(told(made)).toEqual([['Failed', 'default', 'not permitted']]);
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
    GetRole: 8,
    // Of eight roles, in two regions.
    GetParametersByPath: 16,
    getIamPolicy: 8,
    PutParameter: 8,
    setIamPolicy: 8,
    PutEvents: 1,
    SendMessageBatch: 1,
  });
});
