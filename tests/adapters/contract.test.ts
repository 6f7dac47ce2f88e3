import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { delayRedelivery } from '../../shared/adapters/aws/messages.ts';
import { RetryableError } from '../../shared/core/errors.ts';
import type { ObservedParameter } from '../../shared/core/observed.ts';
import { outcome } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { inHome, now, reader, reports, roleRef, writer } from '../support/settings.ts';
import { type LocalSubject, localSubject, memorySubject, type Subject } from '../support/subjects.ts';

const typeAndText = ({ type, value }: ObservedParameter): string => `${type} ${value}`;

describe.each([
  ['in memory', memorySubject],
  ['over HTTP, with the official clients', localSubject],
])('the ports, %s', (_, start) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject.close());

  it('a role is read in IAM’s own spelling, with its tags; a role that does not exist is absent', async () => {
    subject.addRole('Reports', { 'google-access': reader });
    expect(await subject.ports.roles.read(reports)).toMatchObject({
      kind: 'present',
      ref: roleRef('Reports'),
      tags: [{ key: 'google-access', value: reader }],
    });
    expect(await subject.ports.roles.read(roleRef('nobody'))).toEqual({
      kind: 'absent',
      ref: roleRef('nobody'),
    });
  });

  it('parameters are written, overwritten, listed for one role, over several pages, per region, and removed', async () => {
    const { parameters } = subject.ports;
    const names = Array.from({ length: 12 }, (__, index) => `/google-access/reports/g${index}`);
    for (const name of names)
      await parameters.put(inHome('us-east-1'), { name, value: 'old', description: 'd' });
    await parameters.put(inHome('us-east-1'), {
      name: '/google-access/reports/g0',
      value: 'new',
      description: 'd',
    });
    await parameters.put(inHome('us-east-1'), {
      name: '/google-access/reports2/x',
      value: 'x',
      description: 'd',
    });
    const listed = await parameters.list(inHome('us-east-1'), '/google-access/reports');
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(listed.find(({ name }) => name.endsWith('g0'))?.value).toBe('new');
    expect(await parameters.list(inHome('eu-west-1'), '/google-access/reports')).toEqual([]);
    await parameters.remove(inHome('us-east-1'), '/google-access/reports2/x');
    await parameters.remove(inHome('us-east-1'), '/google-access/reports2/x');
    expect(await parameters.list(inHome('us-east-1'), '/google-access/reports2')).toEqual([]);
  });

  it('invariant 3: a parameter of another type is listed as such, and only written by a caller who has seen that', async () => {
    const { parameters } = subject.ports;
    const name = '/google-access/reports/default';
    const types = async () =>
      (await parameters.list(inHome('us-east-1'), '/google-access/reports')).map(typeAndText);
    subject.plant({ name, value: 'ours', type: 'StringList' });
    expect(await types()).toEqual(['StringList ours']);
    const ours = { name, value: 'ours', description: '' };
    await expect(parameters.put(inHome('us-east-1'), ours)).rejects.toMatchObject({
      name: 'RetryableError',
      message: expect.stringContaining(`Someone changed the type of ${name} in us-east-1`),
    });
    expect(await types()).toEqual(['StringList ours']);
    // AWS may not allow a name to be reused for 30 s. A later attempt creates what was deleted.
    for (let isDone = false; !isDone; )
      isDone = await parameters.put(inHome('us-east-1'), { ...ours, isOtherType: true }).then(
        () => true,
        (thrown: unknown) => {
          if (!(thrown instanceof RetryableError)) throw thrown;
          return false;
        },
      );
    expect(await types()).toEqual(['String ours']);
    // It had another type when it was listed, but no longer does.
    await parameters.put(inHome('us-east-1'), { ...ours, value: 'new', isOtherType: true });
    expect(await types()).toEqual(['String new']);
  });

  it('a policy is read with its etag, written with it, and a stale etag is a conflict', async () => {
    const { policies } = subject.ports;
    const resource = serviceAccountResource(reader);
    const row = {
      role: 'roles/iam.serviceAccountUser',
      members: ['user:a@example.com'],
      condition: { title: 't', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
    };
    subject.addPolicy(reader, { bindings: [row] });
    const read = await policies.read(resource);
    expect(read.policy.bindings).toEqual([row]);
    const changed = {
      ...read.policy,
      bindings: [row, { role: 'roles/viewer', members: ['user:b@example.com'] }],
    };
    expect(await policies.write(resource, changed)).toMatchObject({
      kind: 'written',
      policy: { bindings: changed.bindings },
    });
    expect(await policies.write(resource, changed)).toEqual({ kind: 'conflict' });
    const { etag: __, ...withoutEtag } = changed;
    await expect(policies.write(resource, withoutEtag)).rejects.toMatchObject({ name: 'PermanentError' });
  });

  it('a missing account cannot be read, one that is not opted in cannot be written, a bad member is a rejection', async () => {
    const { policies } = subject.ports;
    await expect(policies.read(serviceAccountResource(writer))).rejects.toMatchObject({
      name: 'PermanentError',
      because: 'notFound',
    });
    subject.addPolicy(writer, {});
    const read = await policies.read(serviceAccountResource(writer));
    subject.reject('user:eve@example.com');
    const bad = { ...read.policy, bindings: [{ role: 'roles/viewer', members: ['user:eve@example.com'] }] };
    expect(await policies.write(serviceAccountResource(writer), bad)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('permitted customer'),
    });
    subject.deny(writer);
    await expect(policies.write(serviceAccountResource(writer), read.policy)).rejects.toMatchObject({
      name: 'PermanentError',
      because: 'notPermitted',
    });
  });

  it('outcomes and second looks are sent, even if there are more than fit in one call', async () => {
    const many = Array.from({ length: 23 }, (__, index) =>
      outcome('Granted', { eventId: String(index) }, now, { role: reports, parameters: [] }),
    );
    await subject.ports.outcomes.send(many);
    await subject.ports.secondLooks.schedule(
      many.slice(0, 12).map(() => ({ ref: reports, cause: {}, reported: 't', deferrals: 0, events: [] })),
    );
    expect(subject.sent()).toEqual({ outcomes: 23, looks: 12 });
  });

  it('second looks of more than 1 MiB in total are sent in several calls', async () => {
    const events = Array.from({ length: 50 }, (__, index) => ({
      eventName: 'TagRole' as const,
      eventId: String(index),
      eventTime: new Date(now.getTime() + index * 1000).toISOString(),
      requestedBy: 'a'.repeat(2000),
      keys: [],
    }));
    const released = Array.from({ length: 7_000 }, (__, index) =>
      serviceAccountResource(`account-${index}@acme-data.iam.gserviceaccount.com`),
    );
    const look = { ref: reports, cause: {}, reported: 't', deferrals: 0, events, released };
    await subject.ports.secondLooks.schedule(Array.from({ length: 12 }, () => look));
    expect(subject.sent()).toEqual({ outcomes: 0, looks: 12 });
  });
});

describe('the AWS adapters', () => {
  let subject: LocalSubject;
  beforeEach(async () => {
    subject = await localSubject();
  });
  afterEach(() => subject.close());

  it('do not mistake the silence of another account for absence', async () => {
    await expect(subject.ports.roles.read({ ...reports, accountId: '999999999999' })).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('look into account 111122223333'),
    });
  });

  it.each([
    ['AccessDenied', 403, 'PermanentError'],
    ['InternalFailure', 500, 'RetryableError'],
    ['Throttling', 400, 'RetryableError'],
  ])('%s is not absence but a %s: %s', async (code, status, name) => {
    subject.aws.intercept(({ action }) =>
      action === 'iam:GetRole' ? { kind: 'error', status, code, message: 'no' } : undefined,
    );
    await expect(subject.ports.roles.read(reports)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`reading role reports: ${code}`),
    });
  });

  it('write at Parameter Store’s pace: throttled puts are retried until all are stored', async () => {
    let refused = 0;
    subject.aws.intercept(({ action, sequence }) => {
      if (action !== 'ssm:PutParameter' || sequence % 2 === 0 || refused >= 3) return undefined;
      refused += 1;
      return { kind: 'error', status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };
    });
    for (const grant of ['a', 'b', 'c', 'd'])
      await subject.ports.parameters.put(inHome('us-east-1'), {
        name: `/google-access/reports/${grant}`,
        value: grant,
        description: '',
      });
    expect(refused).toBeGreaterThan(0);
    expect(subject.aws.ssm.parameters('us-east-1').size).toBe(4);
  });

  it('return messages with their delay', async () => {
    const queue = subject.aws.sqs.queue('q');
    queue.send('x');
    const [message] = queue.receive(1);
    const before = message?.visibleAt ?? 0;
    await delayRedelivery(awsClients('us-east-1'), `${subject.aws.url}/111122223333/q`, [
      { receiptHandle: message?.receiptHandle ?? '', afterSeconds: 900 },
    ]);
    expect(message?.visibleAt).toBeGreaterThan(before);
  });
});
