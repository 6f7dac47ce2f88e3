import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { alarmsOf, breaching, metricNames } from '../support/alarms.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { email, reader } from '../support/settings.ts';

const key = 'google-access';
const overdue = 'sweep-overdue';
let cloud: Cloud;
const rung = new Set<string>();

beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { maxRevocations: 1, parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

/** The alarms that are ringing now. We remember them, so that the last test can check that none was left out. */
const ringing = (fromLine?: number): readonly string[] => {
  const names = breaching(cloud, fromLine);
  for (const name of names) rung.add(name);
  return names;
};
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};
/** Ignores everything that was logged before. */
const later = () => cloud.stack.logs.length;

it('an ordinary day: one grant, one sweep, and no alarm', async () => {
  expect(ringing()).toEqual([overdue]);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  await cloud.sweep();
  expect(ringing()).toEqual([]);
  expect(metricNames(cloud).toSorted()).toEqual([
    'Drift',
    'Failed',
    'Granted',
    'PolicyConflicts',
    'PolicyPrincipals',
    'PolicyWrites',
    'PoolNotOurs',
    'Refused',
    'RevocationsHeld',
    'Revoked',
    'RolesSeen',
    'SweepBlindSpots',
    'SweepSeconds',
    'SweepSucceeded',
    'TableEmptied',
    'TagToBindSeconds',
  ]);
});

it('a faulty rolebridge.yml: both functions fail, and messages wait until they end up in the dead-letter queue', async () => {
  cloud.reconfigure({ mode: 'always' });
  expect(await cloud.stack.invoke('sweep', {})).toMatchObject({ kind: 'threw' });
  expect(ringing()).toEqual(['sweep-failed', overdue]);

  await cloud.createRole('reports', { [key]: reader });
  // Eight times the visibility time-out of half an hour is too long for a test.
  const hurry = setInterval(() => {
    for (const message of cloud.stack.queue.messages)
      if (message.receiveCount > 0 && message.receiveCount < 7) message.visibleAt = 0;
  }, 20);
  await until(() => ringing().includes('messages-too-old'));
  expect(ringing()).toContain('reconcile-failed');
  await until(() => cloud.stack.queue.messages.every(({ receiveCount }) => receiveCount >= 7));
  clearInterval(hurry);
  for (const message of cloud.stack.queue.messages) message.receiveCount = 8;
  for (const message of cloud.stack.queue.messages) message.visibleAt = 0;
  expect(ringing()).toContain('dead-letter-queue-not-empty');

  // Follow the runbook: fix the cause, redrive the messages, sweep.
  cloud.reconfigure({ mode: 'sync' });
  for (const { body } of cloud.stack.deadLetterQueue.receive(10)) cloud.stack.queue.send(body);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
});

it('eleven refusals within a quarter of an hour', async () => {
  for (let index = 0; index < 10; index += 1) await cloud.createRole(`app-${index}`, { [key]: 'nonsense' });
  await cloud.settled();
  expect(ringing()).toEqual([overdue]);
  await cloud.createRole('app-10', { [key]: 'nonsense' });
  await cloud.settled();
  expect(ringing()).toEqual([overdue, 'many-refusals']);
});

it('a config that one region rejects: access is granted, and an alarm rings for the part that failed', async () => {
  cloud.aws.intercept(({ action, region }) =>
    action === 'ssm:PutParameter' && region === 'eu-west-1'
      ? { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }
      : undefined,
  );
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(cloud.outcomeTypes()).toEqual(['Granted']);
  expect(cloud.outcomes()[0]?.detail.failed).toMatchObject([{ part: 'config', region: 'eu-west-1' }]);
  expect(ringing()).toEqual([overdue, 'outcomes-failed']);
});

it('held revocations ring until a person approves them', async () => {
  for (const name of ['app-1', 'app-2']) await cloud.createRole(name, { [key]: reader });
  await cloud.settled();
  cloud.reconfigure({ allow: [{ to: email('other'), roles: ['app-*'] }] });
  const before = later();
  await cloud.sweep();
  expect(ringing(before)).toEqual(['revocations-held']);
  const after = later();
  await cloud.answer({ kind: 'approve', hash: String(cloud.details('Revocations Held')[0]?.['hash']) });
  expect(ringing(after)).toEqual([]);
});

it('a blind spot rings until it can be seen again', async () => {
  const release = cloud.google.intercept(({ method }) =>
    method === 'iam.serviceAccounts.list'
      ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'not today' }
      : undefined,
  );
  await cloud.sweep();
  expect(ringing()).toEqual(['sweep-blind-spots']);
  release();
  const after = later();
  await cloud.sweep();
  expect(ringing(after)).toEqual([]);
});

it('a pool that is not marked as ours rings until it is', async () => {
  const pool = cloud.google.addPool('aws-roles');
  const { description = '' } = pool;
  for (const other of ['managed by rolebridge; owner 999999999999/prod', 'managed by rolebridge']) {
    const before = later();
    pool.description = other;
    await cloud.sweep();
    expect(ringing(before)).toEqual(['sweep-blind-spots', 'pool-not-ours']);
  }
  pool.description = description;
  const after = later();
  await cloud.sweep();
  expect(ringing(after)).toEqual([]);
});

it('a ledger that someone emptied rings until a person answers for it', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  await cloud.aws.dynamodb.empty([...cloud.aws.dynamodb.protections.keys()].at(0) ?? '');
  const before = later();
  await cloud.sweep();
  expect(ringing(before)).toEqual(['sweep-blind-spots', 'ledger-emptied']);
  const still = later();
  await cloud.sweep();
  expect(ringing(still)).toEqual(['sweep-blind-spots', 'ledger-emptied']);
  const after = later();
  await cloud.answer({ kind: 'acceptTable' });
  expect(ringing(after)).toEqual([]);
});

it('a policy of 1,200 principals rings', async () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `user:${index}@example.com`);
  const fill = (count: number) => {
    cloud.google.policy(reader).replace({
      bindings: [{ role: 'roles/iam.serviceAccountUser', members: members(count) }],
    });
    // The editor role of rolebridge is one more.
    cloud.optIn(reader);
  };
  fill(1198);
  await cloud.sweep();
  expect(ringing()).toEqual([]);
  const before = later();
  fill(1199);
  await cloud.sweep();
  expect(ringing(before)).toEqual(['policy-nearly-full']);
  expect(cloud.stack.logs.slice(before).find((line) => line.includes('near its limit'))).toMatch(
    new RegExp(`"email":"${reader}","principals":1200,"limit":1500`),
  );
});

describe('no concurrency is left for', () => {
  const reserve = (functionKey: string, concurrency?: number) => {
    const FunctionName = `rolebridge-prod-${functionKey}`;
    const lambda = new LambdaClient({
      region: 'us-east-1',
      endpoint: cloud.aws.url,
      credentials: cloud.aws.admin,
    });
    return concurrency === undefined
      ? lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
      : lambda.send(
          new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: concurrency }),
        );
  };

  it('reconcile: its messages wait, and none is lost', async () => {
    await cloud.sweep();
    await reserve('reconcile', 0);
    await cloud.createRole('reports', { [key]: reader });
    await until(() => cloud.stack.throttles('reconcile') > 0);
    expect(ringing()).toEqual(['reconcile-throttled']);
    expect(cloud.boundTo(reader)).toEqual([]);
    await reserve('reconcile');
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('the sweep: the schedule cannot start it until there is room again', async () => {
    await reserve('sweep', 0);
    await cloud.stack.tick();
    expect(ringing()).toEqual(['sweep-throttled', overdue]);
    await reserve('sweep');
    const after = later();
    await cloud.sweep();
    expect(ringing(after)).not.toContain(overdue);
  });
});

describe('EventBridge cannot deliver to the queue', () => {
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:111122223333:rolebridge-prod-${name}`;
  const [queue, dead] = [arnOf('reconcile'), arnOf('reconcile-dead')];

  it('an event waits in the dead-letter queue, and names the requester once it is redriven', async () => {
    await cloud.sweep();
    cloud.stack.closedQueues.add(queue);
    await cloud.createRole('reports', { [key]: reader });
    expect(ringing()).toEqual(['dead-letter-queue-not-empty', 'events-undelivered']);
    expect(cloud.boundTo(reader)).toEqual([]);

    // The command is in docs/operations.md.
    cloud.stack.closedQueues.clear();
    const { aws } = cloud;
    const sqs = new SQSClient({ endpoint: aws.url, region: 'us-east-1', credentials: aws.admin });
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead, DestinationArn: queue }));
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.outcomes().find(({ type }) => type === 'Granted')?.detail).toHaveProperty('requestedBy');
  });

  it('nor to its dead-letter queue: the event is lost, and the next sweep makes up for it', async () => {
    await cloud.sweep();
    for (const arn of [queue, dead]) cloud.stack.closedQueues.add(arn);
    await cloud.createRole('reports', { [key]: reader });
    expect(ringing()).toEqual(['events-undelivered', 'events-lost']);
    cloud.stack.closedQueues.clear();
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });
});

it('every alarm of the template rang here, except the one for what Lambda may not do here', () => {
  const names = alarmsOf(cloud.stack.template).map(({ name }) => name.replace('rolebridge-prod-', ''));
  // RecursiveLoop is set to Allow: see tests/stack/recursion.test.ts.
  expect([...rung, 'reconcile-recursion-stopped'].toSorted()).toEqual(names.toSorted());
});
