import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { reportDigest } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { places } from '../support/memory-world.ts';
import { callsOf, failing, request, run, tag, told, world } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';

const key = 'google-access';
const refused = { [key]: 'nonsense' };

describe('a second look', () => {
  it('is asked for with the role, its cause, and a digest of what was told', async () => {
    const made = world();
    tag(made, refused);
    await run(made);
    const keys = [{ key, value: 'nonsense' }];
    const event = { eventName: 'TagRole', eventId: 'e-1', requestedBy: 'alice', keys };
    expect(made.secondLooks).toEqual([
      {
        ref: reports,
        cause: request().cause,
        reported: reportDigest(made.outcomes),
        deferrals: 0,
        events: [event],
      },
    ]);
    expect(made.outcomes).toHaveLength(1);
  });

  it('is asked for by those who want one and are done, in one call', async () => {
    const made = world();
    for (const name of ['app-1', 'app-2', 'app-3']) tag(made, { [key]: reader }, name);
    failing(made, /^GetRole app-2/, unavailable('IAM'));
    await run(made, [request('app-1'), request('app-2'), request('app-3', { needsRecheck: false })]);
    expect(made.secondLooks.map(({ ref }) => ref.roleName)).toEqual(['app-1']);
    expect(callsOf(made, /^SendMessageBatch/)).toHaveLength(1);
  });

  it('tells only what is news', async () => {
    const made = world();
    tag(made, refused);
    await run(made);
    const [look] = made.secondLooks;
    const second = request('reports', {
      pass: 'second',
      needsRecheck: false,
      reported: look?.reported ?? '',
    });
    told(made);
    await run(made, [second]);
    expect(told(made)).toEqual([]);
    tag(made, { 'google-access/x': 'nonsense' });
    await run(made, [second]);
    expect(told(made).map(([type, grant]) => [type, grant])).toEqual([['Refused', 'x']]);
  });

  it('tells what it does, news or not', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made, [request('reports', { pass: 'second', reported: reportDigest([]) })]);
    expect(told(made).map(([type]) => type)).toEqual(['Granted']);
  });
});

describe('configs that are left for later', () => {
  /** A minute passes with each write of a parameter. */
  const slow = (count: number) => {
    const made = world();
    for (let index = 0; index < count; index += 1) tag(made, { [key]: reader }, `app-${index}`);
    made.after = (call) => {
      if (call.startsWith('PutParameter')) made.now = new Date(made.now.getTime() + 60_000);
    };
    return { made, names: Array.from({ length: count }, (_, index) => `app-${index}`) };
  };

  it('invariant 2: binding does not wait for Parameter Store; another look publishes the rest', async () => {
    const { made, names } = slow(20);
    await run(
      made,
      names.map((name) => request(name, { needsRecheck: false })),
    );
    const members = made.policies.get(readerPolicy)?.policy.bindings?.flatMap((one) => one.members) ?? [];
    expect(members.filter((member) => member.includes('/app-'))).toHaveLength(20);
    expect(places(made).length).toBeLessThan(20);
    const later = made.secondLooks.splice(0);
    expect(later.length).toBeGreaterThan(10);
    expect(later.every(({ deferrals }) => deferrals === 1)).toBe(true);
    expect(new Set(told(made).map(([, , reason]) => reason))).toEqual(
      new Set([
        'Granted; effective within minutes. Its config follows within minutes: Parameter Store limits the rate of writes.',
      ]),
    );
    made.after = () => undefined;
    await run(
      made,
      later.map(({ ref: { roleName } }) => request(roleName, { pass: 'second', deferrals: 1 })),
    );
    expect(places(made)).toHaveLength(40);
    expect(made.secondLooks.filter(({ deferrals }) => deferrals > 0)).toEqual([]);
  });

  it('are published in one go after ten looks that did not suffice', async () => {
    const { made, names } = slow(20);
    await run(
      made,
      names.map((name) => request(name, { pass: 'second', deferrals: 10, needsRecheck: false })),
    );
    expect(places(made)).toHaveLength(40);
    expect(made.secondLooks).toEqual([]);
  });

  it('invariant 8: a look that follows a drift may remove no more than the drift', async () => {
    const { made, names } = slow(20);
    await run(
      made,
      names.map((name) => request(name, { released: [writerPolicy], namedKeys: [], needsRecheck: false })),
    );
    expect(made.secondLooks.length).toBeGreaterThan(0);
    expect(made.secondLooks.every(({ released }) => released?.join() === writerPolicy)).toBe(true);
  });
});

describe('what cannot be told', () => {
  it.each([
    ['outcomes', /^PutEvents/],
    ['second looks', /^SendMessageBatch/],
  ])('%s: every message comes back', async (_, pattern) => {
    const made = world();
    for (const name of ['app-1', 'app-2']) tag(made, { [key]: reader }, name);
    const error = new PermanentError('not permitted');
    failing(made, pattern, error);
    const reported = await run(made, [request('app-1'), request('app-2')]);
    expect(reported.map(({ retry }) => retry)).toEqual(
      [1, 2].map(
        () => new RetryableError('The outcomes could not be published: not permitted', { cause: error }),
      ),
    );
    expect(reported.map(({ retry }) => retry?.cause)).toEqual([error, error]);
  });

  it.each([
    ['outcomes', 'outcomes', 'send'],
    ['second looks', 'secondLooks', 'schedule'],
  ] as const)('%s of one role: the messages of the others do not come back', async (_, port, method) => {
    const made = world();
    for (const name of ['app-1', 'app-2', 'app-3']) tag(made, refused, name);
    const ports = memoryPorts(made);
    const send = (messages: readonly object[]): Promise<void> => {
      if (JSON.stringify(messages).includes('app-2')) return Promise.reject(new PermanentError('too large'));
      return Promise.resolve();
    };
    const names = ['app-1', 'app-2', 'app-3'];
    const reported = await run(
      made,
      names.map((name) => request(name)),
      settings,
      { [port]: { ...ports[port], [method]: send } },
    );
    expect(reported.map(({ request: { ref }, retry }) => [ref.roleName, retry?.message])).toEqual([
      ['app-1', undefined],
      ['app-2', 'The outcomes could not be published: too large'],
      ['app-3', undefined],
    ]);
  });

  it('a role that failed before keeps its own reason', async () => {
    const made = world();
    tag(made, { [key]: reader });
    made.before = (call) => {
      if (call.startsWith('GetRole')) throw unavailable('IAM');
      if (call.startsWith('PutEvents')) throw unavailable('EventBridge');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
  });
});

describe('a failure', () => {
  it('that may pass is not told: the message comes back, and a refusal beside it is told', async () => {
    const made = world();
    tag(made, { [key]: reader, 'google-access/x': 'nonsense' });
    failing(made, /^setIamPolicy/, unavailable('Google'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(told(made).map(([type, grant]) => [type, grant])).toEqual([['Refused', 'x']]);
  });

  it('for good is told, and the message does not come back', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, /^setIamPolicy/, new PermanentError('no'));
    const [report] = await run(made);
    expect(report).not.toHaveProperty('retry');
    expect(told(made).map(([type]) => type)).toEqual(['Failed']);
  });

  it('for good beside one that may pass: the message comes back, and both wait for that', async () => {
    const made = world();
    tag(made, { [key]: reader, [`${key}/w`]: writer });
    made.before = (call) => {
      if (call.startsWith(`setIamPolicy ${readerPolicy}`)) throw new PermanentError('no');
      if (call.startsWith(`setIamPolicy ${writerPolicy}`)) throw unavailable('Google');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(told(made)).toEqual([]);
  });

  it('to read a region that nothing had to change in brings the message back', async () => {
    const made = world();
    tag(made, {});
    failing(made, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(told(made)).toEqual([]);
  });

  it('to read the role once more after a write brings the message back', async () => {
    const made = world();
    tag(made, { [key]: reader });
    let reads = 0;
    made.before = (call) => {
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) throw unavailable('IAM');
    };
    const [report] = await run(made);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
    expect(told(made).map(([type]) => type)).toEqual(['Granted']);
  });
});

describe('what a drift names', () => {
  const drifted = [request('reports', { resources: [writerPolicy], needsRecheck: false })];

  it('is looked at, once, besides what tags and parameters name', async () => {
    const made = world();
    tag(made, { [key]: writer });
    await run(made, drifted);
    expect(callsOf(made, /^getIamPolicy/)).toEqual([`getIamPolicy ${writerPolicy}`]);
  });

  it.each([
    ['for good', new PermanentError('not permitted'), ['Failed']],
    ['for now', unavailable('Google'), []],
  ])('and cannot be read %s does not pass for repaired', async (_, error, types) => {
    const made = world();
    tag(made, {});
    setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
    failing(made, /^getIamPolicy/, error);
    const [report] = await run(made, drifted);
    expect(told(made)).toEqual(types.map((type) => [type, undefined, error.message]));
    expect(report?.retry?.message).toBe(types.length === 0 ? error.message : undefined);
  });

  it('and cannot be read is told beside what was done elsewhere', async () => {
    const made = world();
    tag(made, { [key]: reader });
    failing(made, new RegExp(`^getIamPolicy ${writerPolicy}`), new PermanentError('not permitted'));
    await run(made, drifted);
    expect(told(made).map(([type, grant]) => [type, grant])).toEqual([
      ['Granted', 'default'],
      ['Failed', undefined],
    ]);
  });

  it('and cannot be read is told once, where a change to it was planned and failed', async () => {
    const made = world();
    tag(made, { [key]: writer });
    failing(made, /^getIamPolicy/, new PermanentError('not permitted'));
    await run(made, drifted);
    expect(told(made)).toEqual([['Failed', 'default', 'not permitted']]);
  });

  it('is never the account that our functions act as', async () => {
    const made = world();
    tag(made, {});
    const own = serviceAccountResource(settings.google.serviceAccount);
    setPolicy(made, own, { bindings: [binding([reports])] });
    await run(made, [request('reports', { resources: [own, writerPolicy] })]);
    expect(callsOf(made, /IamPolicy/)).toEqual([`getIamPolicy ${writerPolicy}`]);
  });

  it('of a role of an account that is no longer configured is taken away; its namesake is not even read', async () => {
    const made = world();
    const stranger = { ...reports, accountId: '999988887777' };
    setPolicy(made, writerPolicy, { bindings: [binding([stranger, reports])] });
    await run(made, [{ ...request('reports', { resources: [writerPolicy] }), ref: stranger }]);
    expect(callsOf(made, /^(GetRole|GetParameters)/)).toEqual([]);
    expect(made.policies.get(writerPolicy)?.policy.bindings).toEqual([binding([reports])]);
  });
});

describe('parameters under our prefix that are not ours', () => {
  it('are told to the log, and left alone', async () => {
    const made = world();
    tag(made, { [key]: reader }, 'app-1');
    const theirs = { region: 'eu-west-1', name: '/google-access/app-1/theirs' };
    made.parameters.set(`${theirs.region} ${theirs.name}`, { value: 'hello', description: '' });
    // At a name that a grant asks for, rolebridge writes whatever is there.
    made.parameters.set('eu-west-1 /google-access/app-1/default', { value: 'hello', description: '' });
    const warnings: unknown[] = [];
    const logger = { info: () => undefined, warn: (...all: readonly unknown[]) => void warnings.push(all) };
    await run(made, [request('app-1')], settings, { logger });
    expect(warnings).toEqual([['A parameter under our prefix is not ours; it is left alone.', theirs]]);
    expect(made.parameters.get(`${theirs.region} ${theirs.name}`)?.value).toBe('hello');
  });

  it('are not those of ours that nobody asks for any more', async () => {
    const made = world();
    tag(made, { [key]: reader });
    await run(made);
    tag(made, {});
    await run(made, [request()], { ...settings, mode: 'upsert-only' });
    expect(made.log).toEqual([]);
    expect(made.parameters.size).toBe(2);
  });
});

it('invariant 7: a role whose name IAM spells otherwise loses what it has in every spelling', async () => {
  const made = world();
  tag(made, { [key]: reader }, 'Reports');
  setPolicy(made, writerPolicy, { bindings: [binding([reports])] });
  const allow = [{ to: '*', roles: ['Reports'] }];
  await run(made, [request('reports', { resources: [writerPolicy] })], { ...settings, allow });
  expect(made.policies.get(writerPolicy)?.policy.bindings).toEqual([]);
  expect(made.policies.get(readerPolicy)?.policy.bindings).toEqual([binding([roleRef('Reports')])]);
  expect(told(made).map(([type]) => type)).toEqual(['Revoked', 'Granted']);
});
