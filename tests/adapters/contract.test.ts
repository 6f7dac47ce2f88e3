import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { type GoogleWorld, startGoogle } from '../../local/google/world.ts';
import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsOutcomes } from '../../shared/adapters/aws/outcomes.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsSecondLooks, delayRedelivery } from '../../shared/adapters/aws/queue.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { ownIdentity } from '../../shared/adapters/google/identity.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { memoryPorts, memoryWorld, setPolicy, setRole } from '../../shared/adapters/memory.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import { outcome } from '../../shared/core/outcome.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Ports } from '../../shared/ports.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';

/** What a world must let a test do, behind the ports. */
interface Subject {
  readonly ports: Pick<Ports, 'roles' | 'parameters' | 'policies' | 'outcomes' | 'secondLooks'>;
  readonly addRole: (name: string, tags: Readonly<Record<string, string>>) => void;
  readonly addPolicy: (email: string, policy: AllowPolicy) => void;
  readonly deny: (email: string) => void;
  readonly reject: (member: string) => void;
  readonly sent: () => { readonly outcomes: number; readonly looks: number };
  readonly close: () => Promise<void>;
}

const memorySubject = async (): Promise<Subject> => {
  const world = memoryWorld(now);
  return Promise.resolve({
    ports: memoryPorts(world),
    addRole: (name, tags) =>
      setRole(
        world,
        roleRef(name),
        Object.entries(tags).map(([key, value]) => ({ key, value })),
      ),
    addPolicy: (email, policy) => setPolicy(world, serviceAccountResource(email), policy),
    deny: (email) => void world.denied.add(serviceAccountResource(email)),
    reject: (member) => void world.rejected.add(member),
    sent: () => ({ outcomes: world.outcomes.length, looks: world.secondLooks.length }),
    close: () => Promise.resolve(),
  });
};

interface Clouds {
  readonly aws: AwsWorld;
  readonly google: GoogleWorld;
}
let clouds: Clouds | undefined;

/** The real adapters with the real SDKs, over HTTP against the stand-ins. */
const localSubject = async (): Promise<Subject> => {
  const aws = await startAws({ accountId: settings.accounts[0]?.id ?? '', timeScale: 0.01 });
  const google = await startGoogle({ awsUrl: aws.url, projectNumber: settings.google.projectNumber });
  clouds = { aws, google };
  google.addProvider('aws-roles', 'aws-111122223333', aws.accountId);
  const member = `principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::${aws.accountId}:assumed-role/Administrator`;
  google.addServiceAccount(settings.google.serviceAccount, 'acme-identity', {
    bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }],
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: aws.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.admin.secretAccessKey,
    AWS_SESSION_TOKEN: aws.admin.sessionToken,
  });
  const clients = awsClients('us-east-1');
  const signal = AbortSignal.timeout(60_000);
  const config = { settings, region: 'us-east-1', googleEndpoint: google.url };
  const queue = aws.sqs.create({ name: 'q', visibilitySeconds: 30 });
  return {
    ports: {
      roles: awsRoles(clients, signal),
      parameters: awsParameters(clients, signal),
      policies: googlePolicies(config, ownIdentity(config), signal),
      outcomes: awsOutcomes(clients, signal),
      secondLooks: awsSecondLooks(clients, `${aws.url}/${aws.accountId}/q`, signal),
    },
    addRole: (RoleName, tags) => {
      const members = Object.entries(tags).flatMap(([key, value], index) => [
        [`Tags.member.${index + 1}.Key`, key],
        [`Tags.member.${index + 1}.Value`, value],
      ]);
      aws.iam.perform('CreateRole', { RoleName, ...Object.fromEntries(members) });
    },
    addPolicy: (email, policy) => {
      google.addServiceAccount(email, 'acme-data', { ...policy });
      google.optIn(email, settings.google.serviceAccount);
    },
    deny: (email) => google.optIn(email, settings.google.serviceAccount, false),
    reject: (one) => void google.rules.rejectedMembers.add(one),
    sent: () => ({
      outcomes: aws.bus.history.filter(({ source }) => source === 'rolebridge').length,
      looks: queue.messages.length,
    }),
    close: async () => {
      await Promise.all([aws.close(), google.close()]);
      for (const name of [
        'AWS_ENDPOINT_URL',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
      ])
        Reflect.deleteProperty(process.env, name);
    },
  };
};

describe.each([
  ['in memory', memorySubject],
  ['over HTTP, with the official clients', localSubject],
])('the ports, %s', (_, start) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject.close());

  it('a role is read in IAM’s own spelling, with its tags; one that is not there is absent', async () => {
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

  it('parameters are written, overwritten, listed by their role alone, over pages, per region, and removed', async () => {
    const { parameters } = subject.ports;
    const names = Array.from({ length: 12 }, (__, index) => `/google-access/reports/g${index}`);
    for (const name of names) await parameters.put('us-east-1', { name, value: 'old', description: 'd' });
    await parameters.put('us-east-1', { name: '/google-access/reports/g0', value: 'new', description: 'd' });
    await parameters.put('us-east-1', { name: '/google-access/reports2/x', value: 'x', description: 'd' });
    const listed = await parameters.list('us-east-1', '/google-access/reports');
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(listed.find(({ name }) => name.endsWith('g0'))?.value).toBe('new');
    expect(await parameters.list('eu-west-1', '/google-access/reports')).toEqual([]);
    await parameters.remove('us-east-1', '/google-access/reports2/x');
    await parameters.remove('us-east-1', '/google-access/reports2/x');
    expect(await parameters.list('us-east-1', '/google-access/reports2')).toEqual([]);
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
    if (read.kind !== 'read') throw new Error('the policy is missing');
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

  it('a missing account is missing, one that is not opted in a permanent error, a bad member a rejection', async () => {
    const { policies } = subject.ports;
    expect(await policies.read(serviceAccountResource(writer))).toEqual({ kind: 'missing' });
    subject.addPolicy(writer, {});
    const read = await policies.read(serviceAccountResource(writer));
    if (read.kind !== 'read') throw new Error('the policy is missing');
    subject.reject('user:eve@example.com');
    const bad = { ...read.policy, bindings: [{ role: 'roles/viewer', members: ['user:eve@example.com'] }] };
    expect(await policies.write(serviceAccountResource(writer), bad)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('permitted customer'),
    });
    subject.deny(writer);
    await expect(policies.read(serviceAccountResource(writer))).rejects.toMatchObject({
      name: 'PermanentError',
    });
  });

  it('outcomes and second looks go out, more than a call’s worth too', async () => {
    const many = Array.from({ length: 23 }, (__, index) =>
      outcome('Granted', 'first', { eventId: String(index) }, now, { role: reports, parameters: [] }),
    );
    await subject.ports.outcomes.send(many);
    await subject.ports.secondLooks.schedule(
      many.slice(0, 12).map(() => ({ ref: reports, cause: {}, told: 't', lookedAt: [] })),
    );
    expect(subject.sent()).toEqual({ outcomes: 23, looks: 12 });
  });
});

describe('the AWS adapters', () => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await localSubject();
  });
  afterEach(() => subject.close());

  it('do not take the silence of another account for absence', async () => {
    await expect(subject.ports.roles.read({ ...reports, accountId: '999999999999' })).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('look into account 111122223333'),
    });
  });

  it.each([
    ['AccessDenied', 403, 'PermanentError'],
    ['InternalFailure', 500, 'RetryableError'],
    ['Throttling', 400, 'RetryableError'],
  ])('%s is no absence but a %s: %s', async (code, status, name) => {
    clouds?.aws.intercept(({ action }) =>
      action === 'iam:GetRole' ? { kind: 'error', status, code, message: 'no' } : undefined,
    );
    await expect(subject.ports.roles.read(reports)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`reading role reports: ${code}`),
    });
  });

  it('write at Parameter Store’s pace: throttled puts are tried again until all are there', async () => {
    let refused = 0;
    clouds?.aws.intercept(({ action, sequence }) => {
      if (action !== 'ssm:PutParameter' || sequence % 2 === 0 || refused >= 3) return undefined;
      refused += 1;
      return { kind: 'error', status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };
    });
    for (const grant of ['a', 'b', 'c', 'd'])
      await subject.ports.parameters.put('us-east-1', {
        name: `/google-access/reports/${grant}`,
        value: grant,
        description: '',
      });
    expect(refused).toBeGreaterThan(0);
    expect(clouds?.aws.ssm.parameters('us-east-1').size).toBe(4);
  });

  it('hand messages back with their delay', async () => {
    const queue = clouds?.aws.sqs.queue('q');
    queue?.send('x');
    const [message] = queue?.receive(1) ?? [];
    const before = message?.visibleAt ?? 0;
    await delayRedelivery(awsClients('us-east-1'), `${clouds?.aws.url ?? ''}/111122223333/q`, [
      { receiptHandle: message?.receiptHandle ?? '', afterSeconds: 900 },
    ]);
    expect(message?.visibleAt).toBeGreaterThan(before);
  });
});
