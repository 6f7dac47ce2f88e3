import { revokeAllKey, writeAnswer } from '../../shared/core/answer-item.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { lookAtRole } from '../../shared/wait/look.ts';
import { lookAsRole } from '../../shared/wait/look-as-role.ts';
import { type Waited, wait } from '../../shared/wait/wait.ts';
import { addLine, createHistoryWorld, type HistoryWorld, names } from '../support/history-ports.ts';
import { deleteRole, type MemoryWorld, memoryPorts, setPolicy, setRole } from '../support/memory.ts';
import { runReconcile } from '../support/reconciling.ts';
import { now, reader, reports, settings, tagKey, writer } from '../support/settings.ts';
import { createWorld, failCalls } from '../support/world.ts';

let world: MemoryWorld;
let history: HistoryWorld;
/** The things that happen while the wait pauses, each once. */
let duringPauses: (() => unknown)[];
beforeEach(() => {
  world = createWorld();
  history = createHistoryWorld();
  duringPauses = [];
  setRole(world, reports, [{ key: tagKey, value: reader }]);
});

let time: Date;
beforeEach(() => {
  time = now;
});
const clock = {
  now: () => time,
  pause: async (milliseconds: number): Promise<void> => {
    time = new Date(time.getTime() + milliseconds);
    await duringPauses.shift()?.();
  },
};

const minutes = 60 * 1000;
const never = new AbortController().signal;
const waitFor = (grant?: string, using = settings, timeoutMilliseconds = 10 * minutes): Promise<Waited> => {
  const ports = { ...memoryPorts(world), clock, logs: history.ports.logs };
  const query = { ref: reports, names, since: now, ...(grant === undefined ? {} : { grant }) };
  return wait(() => lookAtRole(using, ports, query), { clock, deadline: never, timeoutMilliseconds });
};

describe('wait', () => {
  it('ends when the grant is in the ledger, bound, and published in every region', async () => {
    duringPauses = [() => undefined, () => runReconcile(world)];
    expect(await waitFor()).toEqual({
      judgment: { kind: 'done', grants: [expect.objectContaining({ name: 'default' })] },
      seconds: 6,
    });
  });

  it('ends for one grant even if another tag that would name it is refused', async () => {
    setRole(world, reports, [
      { key: tagKey, value: reader },
      { key: `${tagKey}/default`, value: reader },
    ]);
    await runReconcile(world);
    expect(await waitFor('default')).toMatchObject({ judgment: { kind: 'done' } });
    expect(await waitFor()).toMatchObject({ judgment: { kind: 'refused' } });
  });

  it('looks less and less often, and reports everything that is missing when the time is up', async () => {
    const missing: (readonly string[])[] = [];
    const ports = { ...memoryPorts(world), clock, logs: history.ports.logs };
    const query = { ref: reports, names, since: now };
    const waited = await wait(() => lookAtRole(settings, ports, query), {
      clock,
      deadline: never,
      timeoutMilliseconds: 10 * minutes,
      onMissing: (some) => missing.push(some),
    });
    expect(waited).toEqual({
      judgment: {
        kind: 'waiting',
        missing: [
          `The ledger does not list the grant default on ${reader} yet.`,
          `The allow policy of ${reader} has no binding of the role yet.`,
          '/google-access/reports/default is not published in us-east-1 yet.',
          '/google-access/reports/default is not published in eu-west-1 yet.',
        ],
      },
      seconds: 600,
    });
    // 2 s, 4 s, 8 s, and then every 15 s.
    expect(missing).toHaveLength(3 + Math.ceil((600 - 14) / 15));
  });

  it('looks once with a timeout of 0', async () => {
    expect(await waitFor(undefined, settings, 0)).toMatchObject({
      judgment: { kind: 'waiting' },
      seconds: 0,
    });
  });

  it('ends at its deadline if a look never does', async () => {
    const deadline = new AbortController();
    const look = (): Promise<never> => {
      deadline.abort();
      return new Promise(() => undefined);
    };
    const options = { clock, timeoutMilliseconds: 10 * minutes, deadline: deadline.signal };
    expect(await wait(look, options)).toMatchObject({
      judgment: { kind: 'waiting', missing: [expect.stringContaining('did not end')] },
    });
  });

  it('reports what the deadline ended', async () => {
    const deadline = new AbortController();
    const look = (): Promise<never> => {
      deadline.abort();
      return Promise.reject(new RetryableError('reading role reports: AWS did not answer in time'));
    };
    const options = { clock, timeoutMilliseconds: 10 * minutes, deadline: deadline.signal };
    expect(await wait(look, options)).toMatchObject({
      judgment: {
        kind: 'waiting',
        missing: ['Could not be read: reading role reports: AWS did not answer in time'],
      },
    });
  });

  it('reports the result of the last look if the deadline ends the pause after it', async () => {
    const deadline = new AbortController();
    const looks = [
      () => Promise.resolve({ kind: 'waiting', missing: ['the binding'] } as const),
      () => Promise.reject(new RetryableError('reading table Ledger: AWS did not answer in time')),
    ];
    let made = 0;
    const look = () => looks[made++]?.() ?? Promise.reject(new Error('one look too many'));
    const endingClock = {
      ...clock,
      pause: (milliseconds: number) => {
        deadline.abort();
        return clock.pause(milliseconds);
      },
    };
    const options = { clock: endingClock, timeoutMilliseconds: 2_000, deadline: deadline.signal };
    expect((await wait(look, options)).judgment).toEqual({ kind: 'waiting', missing: ['the binding'] });
    expect(made).toBe(1);
  });

  it('does not accept a config of another account, or of another type', async () => {
    await runReconcile(world);
    const [first, second] = [...world.parameters];
    if (first === undefined || second === undefined) throw new Error('nothing was published');
    world.parameters.set(first[0], { ...first[1], value: first[1].value.replace(reader, writer) });
    world.parameters.set(second[0], { ...second[1], type: 'SecureString' });
    expect(await waitFor(undefined, settings, 0)).toMatchObject({
      judgment: {
        missing: ['us-east-1', 'eu-west-1'].map(
          (region) => `/google-access/reports/default in ${region} differs from the expected config.`,
        ),
      },
    });
  });

  it('waits for the named grant only', async () => {
    setRole(world, reports, [
      { key: tagKey, value: reader },
      { key: `${tagKey}/bad`, value: 'nonsense' },
    ]);
    await runReconcile(world);
    expect(await waitFor('default')).toMatchObject({ judgment: { kind: 'done' } });
    expect(await waitFor()).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('is not a service account e-mail') },
      seconds: 0,
    });
  });

  it('ends immediately if the guardrail refuses the request', async () => {
    expect(await waitFor(undefined, { ...settings, allow: [] })).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('guardrail') },
      seconds: 0,
    });
  });

  it.each([
    ['role', () => deleteRole(world, reports), 'There is no role reports in account 111122223333.'],
    [
      'tag',
      () => setRole(world, reports, []),
      `Role reports has no tag ${tagKey}, so it requests no such access.`,
    ],
  ])('ends without the %s, once IAM had the time to show it', async (_, remove, reason) => {
    remove();
    expect(await waitFor()).toEqual({
      judgment: { kind: 'refused', reason, isLagging: true },
      seconds: 29,
    });
  });

  it('does not treat a read that is older than the tag as proof of its absence', async () => {
    setRole(world, reports, []);
    duringPauses = [
      async () => {
        setRole(world, reports, [{ key: tagKey, value: reader }]);
        await runReconcile(world);
      },
    ];
    expect(await waitFor()).toMatchObject({ judgment: { kind: 'done' }, seconds: 2 });
  });

  it('names the tag of the grant, and the tags that the role has', async () => {
    expect(await waitFor('night')).toMatchObject({
      judgment: {
        reason: `Role reports has no tag ${tagKey}/night, so it requests no such access. It has ${tagKey}.`,
      },
    });
  });

  it('ends with the reason if the functions failed to give this access', async () => {
    world.denied.add(serviceAccountResource(reader));
    const [report] = await runReconcile(world);
    for (const { type, detail } of report?.outcomes ?? [])
      addLine(history, detail.at, { message: `Google Access ${type}`, outcome: detail });
    expect(await waitFor()).toMatchObject({
      judgment: {
        kind: 'refused',
        reason: expect.stringContaining('The functions could not give the grant default'),
      },
      seconds: 0,
    });
    // The person has corrected the tag since.
    setRole(world, reports, [{ key: tagKey, value: writer }]);
    await runReconcile(world);
    expect(await waitFor()).toMatchObject({ judgment: { kind: 'done' } });
  });

  it('does not take a failure to end this access for one to give it', async () => {
    await runReconcile(world);
    setRole(world, reports, []);
    world.before = (call) => {
      if (call.startsWith('setIamPolicy')) throw new PermanentError('The policy may not be edited now.');
    };
    const [report] = await runReconcile(world);
    world.before = () => undefined;
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    for (const { type, detail } of report?.outcomes ?? [])
      addLine(history, detail.at, { message: `Google Access ${type}`, outcome: detail });
    setRole(world, reports, [{ key: tagKey, value: reader }]);
    duringPauses = [() => runReconcile(world)];
    expect(await waitFor()).toMatchObject({ judgment: { kind: 'done' } });
  });

  it('ends if the permissions of the Google role do not let it be granted, unless it is bound already', async () => {
    const resource = 'buckets/acme-in';
    const grant = 'roles/storage.objectViewer';
    const using: Settings = { ...settings, allow: [{ grant, on: [resource], roles: ['reports'] }] };
    const read = (...permissions: readonly string[]) =>
      world.googleRoles.set(grant, { kind: 'read', permissions });
    setRole(world, reports, [{ key: tagKey, value: `${grant} on ${resource}` }]);
    setPolicy(world, resource, {});
    read('storage.buckets.setIamPolicy');
    expect(await waitFor(undefined, using)).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('which is never granted') },
      seconds: 0,
    });
    read('storage.objects.teleport');
    expect(await waitFor(undefined, using)).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining("is not on rolebridge's list") },
      seconds: 0,
    });
    world.googleRoles.set(grant, { kind: 'unreadable', reason: '503' });
    expect(await waitFor(undefined, using, 0)).toMatchObject({ judgment: { kind: 'waiting' } });
    read('storage.objects.get');
    await runReconcile(world, undefined, using);
    read('storage.objects.get', 'storage.objects.teleport');
    expect(await waitFor(undefined, using)).toMatchObject({ judgment: { kind: 'done' }, seconds: 0 });
  });

  it('ends in mode dry-run, and while everything is revoked', async () => {
    expect(await waitFor(undefined, { ...settings, mode: 'dry-run' })).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('dry-run') },
    });
    const body = writeAnswer('revoke', 'arn:aws:iam::111122223333:user/alice', now);
    world.table.set(`${revokeAllKey.pk} ${revokeAllKey.sk}`, { ...revokeAllKey, revision: '1', body });
    expect(await waitFor()).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('rolebridge resume') },
    });
  });

  it('does not report access as done that revoke --all is about to end', async () => {
    await runReconcile(world);
    expect(await waitFor()).toMatchObject({ judgment: { kind: 'done' } });
    const body = writeAnswer('revoke', 'arn:aws:iam::111122223333:user/alice', now);
    world.table.set(`${revokeAllKey.pk} ${revokeAllKey.sk}`, { ...revokeAllKey, revision: '1', body });
    expect(await waitFor()).toMatchObject({
      judgment: { kind: 'refused', reason: expect.stringContaining('user/alice') },
      seconds: 0,
    });
  });

  it('never treats anything that it cannot read as done', async () => {
    await runReconcile(world);
    world.denied.add(serviceAccountResource(reader));
    expect(await waitFor(undefined, settings, 0)).toMatchObject({
      judgment: {
        kind: 'waiting',
        missing: [expect.stringContaining(`allow policy of ${reader} could not be read`)],
      },
    });
    world.denied.clear();
    failCalls(world, /^GetParametersByPath eu-west-1/, new RetryableError('throttled'));
    expect(await waitFor(undefined, settings, 0)).toMatchObject({
      judgment: {
        kind: 'waiting',
        missing: ['/google-access/reports/default in eu-west-1 could not be read: throttled'],
      },
    });
  });

  it('continues if the role cannot be read for now, and fails if it may not be read', async () => {
    await runReconcile(world);
    failCalls(world, /^GetRole/, new RetryableError('throttled'));
    expect(await waitFor(undefined, settings, 0)).toMatchObject({
      judgment: { kind: 'waiting', missing: ['Could not be read: throttled'] },
    });
    failCalls(world, /^GetRole/, new PermanentError('not permitted'));
    await expect(waitFor()).rejects.toThrow('not permitted');
  });

  it('waits until the timeout if the log cannot be read', async () => {
    history.onSearch = () => {
      throw new PermanentError('not permitted');
    };
    expect(await waitFor(undefined, settings, 1 * minutes)).toMatchObject({
      judgment: { kind: 'waiting' },
      seconds: 60,
    });
  });
});

describe('wait --exchange', () => {
  let answers: (string | undefined)[];
  let unproven: string | undefined;
  beforeEach(() => {
    answers = [];
    unproven = undefined;
  });
  const waitAsRole = (grant?: string, timeoutMilliseconds = 10 * minutes): Promise<Waited> => {
    const ports = {
      ...memoryPorts(world),
      clock,
      exchange: async () => {
        const refusal = answers.shift();
        if (refusal !== undefined) return { refusal };
        return unproven === undefined ? {} : { unproven };
      },
    };
    const query = { ref: reports, ...(grant === undefined ? {} : { grant }) };
    return wait(() => lookAsRole(settings, ports, query), { clock, deadline: never, timeoutMilliseconds });
  };

  it('ends when Google gives a token', async () => {
    duringPauses = [() => runReconcile(world)];
    answers = [`Google refused the impersonation for ${reader}: no`, undefined];
    expect(await waitAsRole()).toMatchObject({
      judgment: { kind: 'done', grants: [{ name: 'default' }] },
      seconds: 6,
    });
  });

  it('ends, and names what the token does not prove', async () => {
    await runReconcile(world);
    unproven = 'why';
    expect(await waitAsRole(undefined, 0)).toMatchObject({
      judgment: { kind: 'done', grants: [{ name: 'default', unproven: 'why' }] },
    });
  });

  it('reports why Google refused, when the time is up', async () => {
    await runReconcile(world);
    answers = ['Google refused the token exchange'];
    expect(await waitAsRole(undefined, 0)).toMatchObject({
      judgment: { kind: 'waiting', missing: ['Google refused the token exchange'] },
    });
  });

  it('takes the access from the published configs if the role may not read its tags', async () => {
    failCalls(world, /^GetRole/, new PermanentError('not permitted'));
    expect(await waitAsRole('default', 0)).toMatchObject({
      judgment: {
        kind: 'waiting',
        missing: [expect.stringContaining('is not published in us-east-1 yet'), expect.anything()],
      },
    });
    failCalls(world, /^$/, new PermanentError('never'));
    await runReconcile(world);
    failCalls(world, /^GetRole/, new PermanentError('not permitted'));
    expect(await waitAsRole('default')).toMatchObject({ judgment: { kind: 'done' } });
    expect(await waitAsRole('night', 0)).toMatchObject({ judgment: { kind: 'waiting' } });
  });

  it('does not report a config that names no service account as unpublished', async () => {
    const grant = 'roles/storage.objectViewer';
    world.googleRoles.set(grant, { kind: 'read', permissions: ['storage.objects.get'] });
    setRole(world, reports, [{ key: `${tagKey}/in`, value: `${grant} on buckets/acme-in` }]);
    setPolicy(world, 'buckets/acme-in', {});
    await runReconcile(world, undefined, {
      ...settings,
      allow: [{ grant, on: ['buckets/acme-in'], roles: ['reports'] }],
    });
    failCalls(world, /^GetRole/, new PermanentError('not permitted'));
    expect(await waitAsRole('in', 0)).toMatchObject({
      judgment: {
        kind: 'waiting',
        missing: [
          '/google-access/reports/in in us-east-1 belongs to a Google role on a resource. Only the tag says which, and the tags of role reports cannot be read with its own credentials.',
          expect.anything(),
        ],
      },
    });
  });

  it('reports a folder or a role that cannot be read, and a refused request', async () => {
    failCalls(world, /^GetParametersByPath eu-west-1/, new RetryableError('throttled'));
    expect(await waitAsRole(undefined, 0)).toMatchObject({
      judgment: { missing: [expect.anything(), expect.stringContaining('could not be read: throttled')] },
    });
    failCalls(world, /^GetRole/, new RetryableError('throttled'));
    expect(await waitAsRole(undefined, 0)).toMatchObject({
      judgment: { missing: ['Could not be read: throttled'] },
    });
    failCalls(world, /^$/, new PermanentError('never'));
    setRole(world, reports, [{ key: tagKey, value: 'nonsense' }]);
    expect(await waitAsRole()).toMatchObject({ judgment: { kind: 'refused' }, seconds: 0 });
  });
});

it('a policy of the account without the binding is not enough', async () => {
  await runReconcile(world);
  setPolicy(world, serviceAccountResource(reader), {});
  expect(await waitFor(undefined, settings, 0)).toMatchObject({
    judgment: { missing: [`The allow policy of ${reader} has no binding of the role yet.`] },
  });
});
