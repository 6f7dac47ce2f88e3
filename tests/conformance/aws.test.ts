import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { type AwsWorld, type Credentials, startAws } from '../../local/aws/world.ts';
import { scenario } from './aws-scenario.ts';
import { accountId, managedPolicy, rule, type Steps, type Subject } from './aws-subject.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

/**
 * Known differences between the stand-in and moto, with reasons. One that no longer differs fails, so that it is
 * removed from the list.
 */
const knownDifferences: Readonly<Record<string, string>> = {
  'reads the account’s roles page by page': 'moto ignores MaxItems: it answers with everything in one page',
  'does not change the type of one':
    'moto changes it; AWS documents that it does not, though Terraform’s own test changes SecureString to String',
  'does not list the instance profiles of a missing role': 'moto answers with an empty list',
  'does not purge it twice within a minute': 'moto purges as often as it is asked',
};

/** Fields that differ from run to run, or whose wording no program should rely on. */
const incidental = new Set([
  '$metadata',
  'RoleId',
  'InstanceProfileId',
  'MessageId',
  'EventId',
  'ReceiptHandle',
  'Message',
  'ErrorMessage',
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const normalized = (value: unknown): unknown => {
  if (value instanceof Date) return 'a date';
  if (value instanceof Set) return value;
  if (Array.isArray(value)) return value.map(normalized);
  if (!isRecord(value)) return value;
  const fields = Object.entries(value).filter(([name, inner]) => name !== '$metadata' && inner !== undefined);
  return Object.fromEntries(
    fields.map(([name, inner]) => [name, incidental.has(name) ? typeof inner : normalized(inner)]),
  );
};

/** The result of a step: the answer, or the name and status of the error. */
const endOf = async (run: Steps[string], subject: Subject): Promise<unknown> => {
  try {
    return normalized(await run(subject));
  } catch (thrown) {
    const metadata: unknown = Reflect.get(Object(thrown), '$metadata');
    const status = isRecord(metadata) ? metadata['httpStatusCode'] : undefined;
    if (!(thrown instanceof Error) || status === undefined) throw thrown;
    return { error: thrown.name, status };
  }
};

const isError = (end: unknown): boolean => isRecord(end) && 'error' in end;

const play = async (subject: Subject): Promise<ReadonlyMap<string, unknown>> => {
  const ends = new Map<string, unknown>();
  for (const [name, run] of Object.entries(scenario)) ends.set(name, await endOf(run, subject));
  return ends;
};

const clientsOf = (endpoint: string, credentials: Pick<Credentials, 'accessKeyId' | 'secretAccessKey'>) => {
  const common = { region: 'us-east-1', endpoint, credentials, maxAttempts: 1 };
  return {
    iam: new IAM(common),
    ssm: new SSM(common),
    sqs: new SQS(common),
    sts: new STS(common),
    events: new EventBridge(common),
  };
};

/** State that the stand-in is given directly is created in moto through AWS's own APIs. Returns the queue's URL. */
const arrangeMoto = async ({ iam, sqs, events }: ReturnType<typeof clientsOf>): Promise<string> => {
  const Statement = [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }];
  const PolicyName = managedPolicy.split('/').at(-1);
  await iam.createPolicy({
    PolicyName,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  await sqs.createQueue({ QueueName: 'dead' });
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${accountId}:dead`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 8 });
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: 'q', Attributes: { RedrivePolicy } });
  const { name, pattern, target, schedule } = rule;
  await events.putRule({ Name: name, EventPattern: JSON.stringify(pattern) });
  await events.putTargets({ Rule: name, Targets: [{ Id: target.id, Arn: target.arn }] });
  await events.putRule({ Name: schedule, ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' });
  return QueueUrl;
};

(hasMoto ? describe : describe.skip)('conformance with moto_server (is it installed?): it', () => {
  let aws: AwsWorld;
  let moto: Moto;
  let ours: ReadonlyMap<string, unknown>;
  let theirs: ReadonlyMap<string, unknown>;
  beforeAll(async () => {
    moto = await startMoto();
    // moto has no rates, and does not enforce the 30 seconds between a delete and the next create.
    aws = await startAws({ accountId, ssmRates: 'unlimited', recreateAfterSeconds: 0 });
    aws.sqs.create({ name: 'dead', visibilitySeconds: 30 });
    const redrive = { deadLetterQueue: 'dead', maxReceiveCount: 8 };
    aws.sqs.create({ name: 'q', visibilitySeconds: 30, redrive });
    const { name, pattern, target, schedule } = rule;
    aws.bus.addRule({ name, pattern, targets: [{ ...target, deliver: () => undefined }] });
    aws.bus.addRule({ name: schedule, schedule: 'rate(1 hour)', state: 'DISABLED', targets: [] });
    ours = await play({ ...clientsOf(aws.url, aws.admin), QueueUrl: `${aws.url}/${accountId}/q` });
    const clients = clientsOf(moto.url, { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' });
    const QueueUrl = await arrangeMoto(clients);
    theirs = await play({ ...clients, QueueUrl });
  }, 120_000);
  afterAll(() => Promise.all([aws.close(), moto.close()]));

  it.each(Object.keys(scenario))('%s', (name) => {
    const isRefusal = name.startsWith('does not ');
    expect(isError(ours.get(name))).toBe(isRefusal);
    if (name in knownDifferences) {
      expect(ours.get(name)).not.toEqual(theirs.get(name));
      return;
    }
    expect(isError(theirs.get(name))).toBe(isRefusal);
    expect(ours.get(name)).toEqual(theirs.get(name));
  });
});
