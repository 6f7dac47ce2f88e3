import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { reportDigest } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { memoryPorts, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import {
  createWorld,
  failCalls,
  failReread,
  parameterPlaces,
  tagRole,
  takeCalls,
  takeReports,
} from '../support/world.ts';

const key = 'google-access';
const refused = { [key]: 'nonsense' };

describe('a second look', () => {
  it('is requested with the role, its cause, and a digest of what was reported', async () => {
    const world = createWorld();
    tagRole(world, refused);
    await runReconcile(world);
    const keys = [{ key, value: 'nonsense' }];
    const event = { eventName: 'TagRole', eventId: 'e-1', requestedBy: 'alice', keys };
    expect(world.secondLooks).toEqual([
      {
        ref: reports,
        cause: requestFor().cause,
        reported: reportDigest(world.outcomes),
        deferrals: 0,
        events: [event],
      },
    ]);
    expect(world.outcomes).toHaveLength(1);
  });

  it('is requested by the roles that need one and are done, in one call', async () => {
    const world = createWorld();
    for (const name of ['app-1', 'app-2', 'app-3']) tagRole(world, { [key]: reader }, name);
    failCalls(world, /^GetRole app-2/, unavailable('IAM'));
    await runReconcile(world, [
      requestFor('app-1'),
      requestFor('app-2'),
      requestFor('app-3', { needsRecheck: false }),
    ]);
    expect(world.secondLooks.map(({ ref }) => ref.roleName)).toEqual(['app-1']);
    expect(takeCalls(world, /^SendMessageBatch/)).toHaveLength(1);
  });

  it('reports only news', async () => {
    const world = createWorld();
    tagRole(world, refused);
    await runReconcile(world);
    const [look] = world.secondLooks;
    const second = requestFor('reports', {
      pass: 'second',
      needsRecheck: false,
      reported: look?.reported ?? '',
    });
    takeReports(world);
    await runReconcile(world, [second]);
    expect(takeReports(world)).toEqual([]);
    tagRole(world, { 'google-access/x': 'nonsense' });
    await runReconcile(world, [second]);
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([['Refused', 'x']]);
  });

  it('reports what it does, news or not', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world, [requestFor('reports', { pass: 'second', reported: reportDigest([]) })]);
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted']);
  });
});

describe('configs that are left for later', () => {
  /** A minute passes with each write of a parameter. */
  const slow = (count: number) => {
    const world = createWorld();
    for (let index = 0; index < count; index += 1) tagRole(world, { [key]: reader }, `app-${index}`);
    world.after = (call) => {
      if (call.startsWith('PutParameter')) world.now = new Date(world.now.getTime() + 60_000);
    };
    return { world, names: Array.from({ length: count }, (_, index) => `app-${index}`) };
  };

  it('invariant 2: binding does not wait for Parameter Store; another look publishes the rest', async () => {
    const { world, names } = slow(20);
    await runReconcile(
      world,
      names.map((name) => requestFor(name, { needsRecheck: false })),
    );
    const members = world.policies.get(readerPolicy)?.policy.bindings?.flatMap((one) => one.members) ?? [];
    expect(members.filter((member) => member.includes('/app-'))).toHaveLength(20);
    expect(parameterPlaces(world).length).toBeLessThan(20);
    const later = world.secondLooks.splice(0);
    expect(later.length).toBeGreaterThan(10);
    expect(later.every(({ deferrals }) => deferrals === 1)).toBe(true);
    expect(new Set(takeReports(world).map(([, , reason]) => reason))).toEqual(
      new Set([
        'Granted; effective within minutes. Its config follows within minutes: Parameter Store limits the rate of writes.',
      ]),
    );
    world.after = () => undefined;
    await runReconcile(
      world,
      later.map(({ ref: { roleName } }) => requestFor(roleName, { pass: 'second', deferrals: 1 })),
    );
    expect(parameterPlaces(world)).toHaveLength(40);
    expect(world.secondLooks.filter(({ deferrals }) => deferrals > 0)).toEqual([]);
  });

  it('are all published together after ten looks that were not enough', async () => {
    const { world, names } = slow(20);
    await runReconcile(
      world,
      names.map((name) => requestFor(name, { pass: 'second', deferrals: 10, needsRecheck: false })),
    );
    expect(parameterPlaces(world)).toHaveLength(40);
    expect(world.secondLooks).toEqual([]);
  });

  it('invariant 8: a look that follows a drift may remove no more than the drift', async () => {
    const { world, names } = slow(20);
    await runReconcile(
      world,
      names.map((name) => requestFor(name, { released: [writerPolicy], namedKeys: [], needsRecheck: false })),
    );
    expect(world.secondLooks.length).toBeGreaterThan(0);
    expect(world.secondLooks.every(({ released }) => released?.join() === writerPolicy)).toBe(true);
  });
});

describe('a report that cannot be sent', () => {
  it.each([
    ['outcomes', /^PutEvents/],
    ['second looks', /^SendMessageBatch/],
  ])('%s: every message is retried', async (_, pattern) => {
    const world = createWorld();
    for (const name of ['app-1', 'app-2']) tagRole(world, { [key]: reader }, name);
    const error = new PermanentError('not permitted');
    failCalls(world, pattern, error);
    const reported = await runReconcile(world, [requestFor('app-1'), requestFor('app-2')]);
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
  ] as const)('%s of one role: the messages of the others are not retried', async (_, port, method) => {
    const world = createWorld();
    for (const name of ['app-1', 'app-2', 'app-3']) tagRole(world, refused, name);
    const ports = memoryPorts(world);
    const send = (messages: readonly object[]): Promise<void> => {
      if (JSON.stringify(messages).includes('app-2')) return Promise.reject(new PermanentError('too large'));
      return Promise.resolve();
    };
    const names = ['app-1', 'app-2', 'app-3'];
    const reported = await runReconcile(
      world,
      names.map((name) => requestFor(name)),
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
    const world = createWorld();
    tagRole(world, { [key]: reader });
    world.before = (call) => {
      if (call.startsWith('GetRole')) throw unavailable('IAM');
      if (call.startsWith('PutEvents')) throw unavailable('EventBridge');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
  });
});

describe('a failure', () => {
  it('that may pass is not reported: the message is retried, and a refusal beside it is reported', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader, 'google-access/x': 'nonsense' });
    failCalls(world, /^setIamPolicy/, unavailable('Google'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([['Refused', 'x']]);
  });

  it('that is permanent is reported, and the message is not retried', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, /^setIamPolicy/, new PermanentError('no'));
    const [report] = await runReconcile(world);
    expect(report).not.toHaveProperty('retry');
    expect(takeReports(world).map(([type]) => type)).toEqual(['Failed']);
  });

  it('that is permanent, beside one that may pass: the message is retried, and both wait for that', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader, [`${key}/w`]: writer });
    world.before = (call) => {
      if (call.startsWith(`setIamPolicy ${readerPolicy}`)) throw new PermanentError('no');
      if (call.startsWith(`setIamPolicy ${writerPolicy}`)) throw unavailable('Google');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('Google is not available (503).');
    expect(takeReports(world)).toEqual([]);
  });

  it('to read a region that needed no change causes the message to be retried', async () => {
    const world = createWorld();
    tagRole(world, {});
    failCalls(world, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('SSM is not available (503).');
    expect(takeReports(world)).toEqual([]);
  });

  it('of a config, when the role cannot be read once more: the config is tried again, so it has not failed yet', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    let reads = 0;
    world.before = (call) => {
      if (call.startsWith('PutParameter')) throw new PermanentError('no');
      if (!call.startsWith('GetRole')) return;
      reads += 1;
      if (reads === 2) throw unavailable('IAM');
    };
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
    expect(world.outcomes.map(({ type, detail }) => [type, detail.failed])).toEqual([['Granted', undefined]]);
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.failed?.length])).toContainEqual([
      'Failed',
      2,
    ]);
  });

  it('to read the role once more after a write causes the message to be retried', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failReread(world, unavailable('IAM'));
    const [report] = await runReconcile(world);
    expect(report?.retry?.message).toBe('IAM is not available (503).');
    expect(takeReports(world).map(([type]) => type)).toEqual(['Granted']);
  });
});

describe('an account that a drift names', () => {
  const drifted = [requestFor('reports', { resources: [writerPolicy], needsRecheck: false })];

  it('is read, once, in addition to those that tags and parameters name', async () => {
    const world = createWorld();
    tagRole(world, { [key]: writer });
    await runReconcile(world, drifted);
    expect(takeCalls(world, /^getIamPolicy/)).toEqual([`getIamPolicy ${writerPolicy}`]);
  });

  it.each([
    ['permanently', new PermanentError('not permitted'), ['Failed']],
    ['temporarily', unavailable('Google'), []],
  ])('and that cannot be read %s is not reported as repaired', async (_, error, types) => {
    const world = createWorld();
    tagRole(world, {});
    setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
    failCalls(world, /^getIamPolicy/, error);
    const [report] = await runReconcile(world, drifted);
    expect(takeReports(world)).toEqual(types.map((type) => [type, undefined, error.message]));
    expect(report?.retry?.message).toBe(types.length === 0 ? error.message : undefined);
  });

  it('and that cannot be read is reported beside the changes made elsewhere', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    failCalls(world, new RegExp(`^getIamPolicy ${writerPolicy}`), new PermanentError('not permitted'));
    await runReconcile(world, drifted);
    expect(takeReports(world).map(([type, grant]) => [type, grant])).toEqual([
      ['Granted', 'default'],
      ['Failed', undefined],
    ]);
  });

  it('and that cannot be read is reported once, if a change to it was planned and failed', async () => {
    const world = createWorld();
    tagRole(world, { [key]: writer });
    failCalls(world, /^getIamPolicy/, new PermanentError('not permitted'));
    await runReconcile(world, drifted);
    expect(takeReports(world)).toEqual([['Failed', 'default', 'not permitted']]);
  });

  it('is never the account that our functions act as', async () => {
    const world = createWorld();
    tagRole(world, {});
    const own = serviceAccountResource(settings.google.serviceAccount);
    setPolicy(world, own, { bindings: [binding([reports])] });
    await runReconcile(world, [requestFor('reports', { resources: [own, writerPolicy] })]);
    expect(takeCalls(world, /IamPolicy/)).toEqual([`getIamPolicy ${writerPolicy}`]);
  });

  it('loses a role of an AWS account that is no longer configured; the role’s namesake is not even read', async () => {
    const world = createWorld();
    const stranger = { ...reports, accountId: '999988887777' };
    setPolicy(world, writerPolicy, { bindings: [binding([stranger, reports])] });
    await runReconcile(world, [{ ...requestFor('reports', { resources: [writerPolicy] }), ref: stranger }]);
    expect(takeCalls(world, /^(GetRole|GetParameters)/)).toEqual([]);
    expect(world.policies.get(writerPolicy)?.policy.bindings).toEqual([binding([reports])]);
  });
});

describe('parameters under our prefix that are not ours', () => {
  it('are reported to the log, and left alone', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader }, 'app-1');
    const theirs = { region: 'eu-west-1', name: '/google-access/app-1/theirs' };
    world.parameters.set(`${theirs.region} ${theirs.name}`, { value: 'hello', description: '' });
    // At a name that a grant requests, rolebridge overwrites anything that is there.
    world.parameters.set('eu-west-1 /google-access/app-1/default', { value: 'hello', description: '' });
    const warnings: unknown[] = [];
    const logger = { info: () => undefined, warn: (...all: readonly unknown[]) => void warnings.push(all) };
    await runReconcile(world, [requestFor('app-1')], settings, { logger });
    expect(warnings).toEqual([['A parameter under our prefix is not ours; it is left alone.', theirs]]);
    expect(world.parameters.get(`${theirs.region} ${theirs.name}`)?.value).toBe('hello');
  });

  it('do not include those of ours that no tag requests any more', async () => {
    const world = createWorld();
    tagRole(world, { [key]: reader });
    await runReconcile(world);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], { ...settings, mode: 'upsert-only' });
    expect(world.log).toEqual([]);
    expect(world.parameters.size).toBe(2);
  });
});

it('invariant 7: a role whose name IAM spells differently loses what it has in every spelling', async () => {
  const world = createWorld();
  tagRole(world, { [key]: reader }, 'Reports');
  setPolicy(world, writerPolicy, { bindings: [binding([reports])] });
  const allow = [{ to: '*', roles: ['Reports'] }];
  await runReconcile(world, [requestFor('reports', { resources: [writerPolicy] })], { ...settings, allow });
  expect(world.policies.get(writerPolicy)?.policy.bindings).toEqual([]);
  expect(world.policies.get(readerPolicy)?.policy.bindings).toEqual([binding([roleRef('Reports')])]);
  expect(takeReports(world).map(([type]) => type)).toEqual(['Revoked', 'Granted']);
});
