import { DeleteStackCommand, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { type Deployments, StackName, startDeployments } from '../testing/deployments.ts';
import { puppetTemplate, until } from '../testing/puppets.ts';

let at: Deployments;
beforeEach(async () => {
  at = await startDeployments();
});
afterEach(() => at.close());

const update = { ChangeSetType: 'UPDATE' } as const;
const work = 'puppets-prod-work';
const table = (DeletionPolicy: string, properties: object = {}) => ({
  Table: {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy,
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      ...properties,
    },
  },
});
/** The function `work` with another variable. */
const worksAs = (PUPPET: string) => {
  const { WorkLambdaFunction } = JSON.parse(puppetTemplate()).Resources;
  const { Properties } = WorkLambdaFunction;
  return {
    WorkLambdaFunction: {
      ...WorkLambdaFunction,
      Properties: { ...Properties, Environment: { Variables: { PUPPET } } },
    },
  };
};
const workFunction = () => {
  const found = at.aws.lambda.functions.filter(({ name }) => name === work);
  expect(found).toHaveLength(1);
  return found[0];
};
const look = () => workFunction()?.invoke({ do: 'look' });
const physicalId = async (LogicalResourceId: string): Promise<string | undefined> => {
  const resource = new DescribeStackResourceCommand({ StackName, LogicalResourceId });
  const { StackResourceDetail } = await at.cloudFormation.send(resource);
  return StackResourceDetail?.PhysicalResourceId;
};
const remove = async (): Promise<string> => {
  await at.cloudFormation.send(new DeleteStackCommand({ StackName }));
  return at.ended();
};
const deploy = async (...[changes, input]: Parameters<Deployments['change']>): Promise<string> => {
  await at.change(changes, input);
  return at.execute();
};

it('runs an uploaded template: a rule feeds the queue, and the queue feeds the function', async () => {
  await deploy();
  at.aws.bus.put({ source: 'puppets', 'detail-type': 'Try', detail: { do: 'print', text: 'hello' } });
  const lines = () => at.aws.logs.groups.flatMap(({ events }) => events.map(({ message }) => message.trim()));
  await until(() => lines().some((line) => !line.startsWith('REPORT ')));
  expect(lines()).toContain('hello');
});

it('an update runs the new functions, and lets the invocations of the old ones end', async () => {
  await deploy(worksAs('old'));
  const nap = workFunction()?.invoke({ do: 'sleep', milliseconds: 300 });
  await until(() => at.stacks.running().some((stack) => stack.running() > 0));
  expect(await look()).toMatchObject({ result: { puppet: 'old' } });
  const updated = deploy(worksAs('new'), update);
  expect(await nap).toEqual({ kind: 'ran', result: null, hasFailed: false });
  expect(await updated).toBe('UPDATE_COMPLETE');
  expect(await look()).toMatchObject({ result: { puppet: 'new' } });
  expect(at.stacks.running()).toHaveLength(1);
});

it('an update keeps messages, names, and what people changed beside the template', async () => {
  await deploy(table('Retain'));
  const ids = () => Promise.all(['Table', 'Bucket'].map(physicalId));
  const before = await ids();
  const [mapping] = at.aws.lambda.eventSourceMappings;
  const rule = at.aws.bus.rules().find(({ name }) => name === work);
  Object.assign(Object(mapping), { state: 'Disabled' });
  Object.assign(Object(rule), { state: 'DISABLED' });
  Object.assign(Object(workFunction()), { reservedConcurrency: 3 });
  at.aws.sqs.queue(work).send(JSON.stringify({ do: 'nothing' }));
  expect(await deploy({ ...worksAs('new'), ...table('Retain') }, update)).toBe('UPDATE_COMPLETE');

  expect(await ids()).toEqual(before);
  expect(at.aws.lambda.eventSourceMappings).toMatchObject([{ uuid: mapping?.uuid, state: 'Disabled' }]);
  expect(at.aws.bus.rules().find(({ name }) => name === work)?.state).toBe('DISABLED');
  expect(workFunction()?.reservedConcurrency).toBe(3);
  expect(at.aws.sqs.queue(work).messages).toHaveLength(1);
});

it('an update changes the options of a queue, and removes what the template no longer contains', async () => {
  const queue = (QueueName: string, seconds: number) => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName, VisibilityTimeout: seconds },
  });
  await deploy({ Extra: queue('extra', 10), Changed: queue('changed', 10) });
  await deploy({ Changed: queue('changed', 20) }, update);
  expect(at.aws.sqs.queue('changed').options.visibilitySeconds).toBe(20);
  expect(() => at.aws.sqs.queue('extra')).toThrow('The specified queue does not exist.');
});

it('refuses to change a table, which would be hidden otherwise', async () => {
  await deploy(table('Retain'));
  expect(await deploy(table('Retain', { DeletionProtectionEnabled: true }), update)).toBe(
    'UPDATE_ROLLBACK_COMPLETE',
  );
  expect(await look()).toMatchObject({ hasFailed: false });
});

it('an update without the zip rolls back: the old functions still run, and new resources are gone', async () => {
  await deploy();
  const changes = {
    SweepLambdaFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'sweep',
        Code: { S3Bucket: 'zips', S3Key: 'none.zip' },
        Role: 'arn:aws:iam::1:role/a',
      },
    },
    Extra: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'extra' } },
  };
  expect(await deploy(changes, update)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(() => at.aws.sqs.queue('extra')).toThrow('The specified queue does not exist.');
  expect(await look()).toMatchObject({ hasFailed: false });
});

it('a removed stack leaves what its template retains, and nothing else', async () => {
  await deploy(table('Retain'));
  expect(await remove()).toBe('DELETE_COMPLETE');
  expect((await at.events()).filter((event) => event.endsWith('Table'))).toContain('DELETE_SKIPPED Table');
  expect([at.aws.lambda.functions, at.aws.lambda.eventSourceMappings, at.aws.bus.rules()]).toEqual([
    [],
    [],
    [],
  ]);
  expect(() => at.aws.sqs.queue(work)).toThrow('The specified queue does not exist.');
  expect(await at.aws.dynamodb.perform('ListTables', {})).toMatchObject({
    TableNames: [expect.stringMatching(/^puppets-prod-Table-/)],
  });
});

it('a stack whose bucket is not empty is removed on the second try, when it is', async () => {
  await deploy();
  const Bucket = await physicalId('Bucket');
  await at.aws.s3.perform('PutObject', { Bucket, Key: 'a' });
  expect(await remove()).toBe('DELETE_FAILED');
  await at.aws.s3.perform('DeleteObjects', { Bucket, Objects: [{ Key: 'a' }] });
  expect(await remove()).toBe('DELETE_COMPLETE');
});

it('a table that is protected against deletion keeps its stack from being removed', async () => {
  await deploy(table('Delete', { DeletionProtectionEnabled: true }));
  expect(await remove()).toBe('DELETE_FAILED');
});
