import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { type AwsWorld, type Credentials, startAws } from '../../local/aws/world.ts';
import { type Steps, type Subject, scenario } from './aws-scenario.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

/** Where the stand-in and moto are known to differ, and why. One that no longer does fails, to be taken off the list. */
const knownDifferences: Readonly<Record<string, string>> = {
  'reads the account’s roles page by page': 'moto ignores MaxItems: it answers with everything in one page',
};

/** Differs from run to run, or is put in words that no program should go by. */
const incidental = new Set([
  '$metadata',
  'RoleId',
  'MessageId',
  'EventId',
  'ReceiptHandle',
  'Message',
  'ErrorMessage',
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const normalised = (value: unknown): unknown => {
  if (value instanceof Date) return 'a date';
  if (value instanceof Set) return value;
  if (Array.isArray(value)) return value.map(normalised);
  if (!isRecord(value)) return value;
  const fields = Object.entries(value).filter(([name, inner]) => name !== '$metadata' && inner !== undefined);
  return Object.fromEntries(
    fields.map(([name, inner]) => [name, incidental.has(name) ? typeof inner : normalised(inner)]),
  );
};

/** What came of a step: the answer, or the name and status of the error that was answered. */
const endOf = async (run: Steps[string], subject: Subject): Promise<unknown> => {
  try {
    return normalised(await run(subject));
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

/** moto's only account. */
const accountId = '123456789012';

(hasMoto ? describe : describe.skip)('conformance with moto_server (is it installed?): it', () => {
  let aws: AwsWorld;
  let moto: Moto;
  let ours: ReadonlyMap<string, unknown>;
  let theirs: ReadonlyMap<string, unknown>;
  beforeAll(async () => {
    moto = await startMoto();
    // moto has no rates, nor the 30 seconds between a delete and the next create.
    aws = await startAws({ accountId, ssmRates: 'unlimited', recreateAfterSeconds: 0 });
    aws.sqs.create({ name: 'q', visibilitySeconds: 30 });
    ours = await play({ ...clientsOf(aws.url, aws.admin), QueueUrl: `${aws.url}/${accountId}/q` });
    const clients = clientsOf(moto.url, { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' });
    const { QueueUrl = '' } = await clients.sqs.createQueue({ QueueName: 'q' });
    theirs = await play({ ...clients, QueueUrl });
  }, 120_000);
  afterAll(() => Promise.all([aws.close(), moto.close()]));

  it.each(Object.keys(scenario))('%s', (name) => {
    const isRefusal = name.startsWith('does not ');
    expect(isError(ours.get(name))).toBe(isRefusal);
    expect(isError(theirs.get(name))).toBe(isRefusal);
    if (name in knownDifferences) expect(ours.get(name)).not.toEqual(theirs.get(name));
    else expect(ours.get(name)).toEqual(theirs.get(name));
  });
});
