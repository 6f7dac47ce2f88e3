import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { Lambda } from '@aws-sdk/client-lambda';
import { SQS } from '@aws-sdk/client-sqs';
import { afterInvocation, type Puppets, scheduled, startPuppets, until } from '../testing/puppets.ts';

const work = 'puppets-prod-work';
const queueArn = `arn:aws:sqs:us-east-1:111122223333:${work}`;

let puppets: Puppets;
afterEach(() => puppets.close());

const start = async (...options: Parameters<typeof startPuppets>) => {
  puppets = await startPuppets(...options);
  const { aws } = puppets;
  const common = { region: 'us-east-1', endpoint: aws.url, credentials: aws.admin, maxAttempts: 1 };
  return {
    ...puppets,
    events: new EventBridge(common),
    lambda: new Lambda(common),
    logs: new CloudWatchLogs(common),
    sqs: new SQS(common),
  };
};

describe("the template's rules", () => {
  it('are registered with patterns, schedules and targets', async () => {
    const { events } = await start({}, { SweepSchedule: scheduled({}, { Input: '{"a":1}' }) });
    const { Rules } = await events.listRules({});
    expect(Rules).toMatchObject([
      { Name: 'SweepSchedule', ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' },
      { Name: work, EventPattern: '{"source":["puppets"]}', State: 'ENABLED' },
    ]);
    expect((await events.listTargetsByRule({ Rule: work })).Targets).toEqual([{ Id: 'work', Arn: queueArn }]);
    expect((await events.listTargetsByRule({ Rule: 'SweepSchedule' })).Targets).toMatchObject([
      {
        Id: 'sweep',
        Arn: 'arn:aws:lambda:us-east-1:111122223333:function:puppets-prod-sweep',
        Input: '{"a":1}',
      },
    ]);
  });

  it('deliver and fire while they are enabled', async () => {
    const { aws, stack, events } = await start();
    for (const Name of [work, 'SweepSchedule']) await events.disableRule({ Name });
    const put = () => aws.bus.put({ source: 'puppets', 'detail-type': 'Any', detail: {} });
    put();
    await stack.tick();
    expect([stack.invocations(), stack.queue.messages.length]).toEqual([0, 0]);
    for (const Name of [work, 'SweepSchedule']) await events.enableRule({ Name });
    await stack.tick();
    put();
    await afterInvocation(puppets, 1);
    expect(stack.invocations()).toBe(2);
  });

  it('are registered as disabled if the template disables them', async () => {
    const { events } = await start({}, { SweepSchedule: scheduled({ State: 'DISABLED' }) });
    expect(await events.describeRule({ Name: 'SweepSchedule' })).toMatchObject({ State: 'DISABLED' });
  });
});

describe("the template's functions", () => {
  const invoke = async (lambda: Lambda, payload: object, more: object = {}) => {
    const Payload = JSON.stringify(payload);
    const { Payload: answer, ...rest } = await lambda.invoke({ FunctionName: work, Payload, ...more });
    const text = Buffer.from(answer ?? []).toString();
    return { ...rest, result: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };

  it('are run by Invoke, which returns their errors', async () => {
    const { lambda, stack } = await start();
    expect(await invoke(lambda, { a: 1 })).toMatchObject({ StatusCode: 200, result: { event: { a: 1 } } });
    const thrown = await invoke(lambda, { do: 'fail', times: 1 });
    expect(thrown).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      result: { errorType: 'Error', errorMessage: 'failure 1', trace: expect.any(Array) },
    });
    expect(stack.invocations('work')).toBe(2);
  });

  it('are reported if they time out or end before they answer', async () => {
    const { lambda, stack } = await start({ timeoutSeconds: 0.2 });
    const nap = { do: 'sleep', milliseconds: 60_000 };
    expect(await invoke(lambda, nap)).toMatchObject({
      FunctionError: 'Unhandled',
      result: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 0.20'),
      },
    });
    await stack.stop();
    expect(await invoke(lambda, nap)).toMatchObject({ result: { errorType: 'Runtime.ExitError' } });
  });

  it('count as running until the last attempt of an event has ended', async () => {
    const { lambda, stack } = await start();
    const Event = { InvocationType: 'Event' };
    expect(await invoke(lambda, { do: 'fail', times: 1 }, Event)).toMatchObject({ StatusCode: 202 });
    expect(stack.running()).toBeGreaterThan(0);
    await until(() => stack.running() === 0);
    expect(stack.invocations('work')).toBe(2);
    await invoke(lambda, {}, { InvocationType: 'DryRun' });
    expect(stack.invocations('work')).toBe(2);
  });

  it('have the configuration of the template and of the runner', async () => {
    const { lambda } = await start({ environment: { EXTRA: 'x' } });
    expect(await lambda.getFunctionConfiguration({ FunctionName: work })).toMatchObject({
      Role: `arn:aws:iam::111122223333:role/${work}`,
      Handler: 'dist/puppet.handler',
      Timeout: 30,
      MemorySize: 128,
      State: 'Active',
      LastUpdateStatus: 'Successful',
      CodeSha256: expect.stringMatching(/^.{43}=$/),
      Environment: { Variables: { PUPPET: 'work', EXTRA: 'x' } },
    });
  });

  it('receive messages while their mapping is enabled', async () => {
    const { lambda, aws, stack } = await start();
    const list = async () =>
      (await lambda.listEventSourceMappings({ FunctionName: work })).EventSourceMappings;
    expect(await list()).toMatchObject([
      {
        State: 'Enabled',
        EventSourceArn: queueArn,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    ]);
    const [mapping] = aws.lambda.eventSourceMappings;
    if (mapping === undefined) throw new Error('there is no mapping');
    mapping.state = 'Disabled';
    stack.queue.send('{"do":"print","text":"heard"}');
    await stack.invoke('work', {});
    expect(stack.queue.messages).toMatchObject([{ receiveCount: 0 }]);
    mapping.state = 'Enabled';
    await until(() => stack.logs.includes('heard'));
  });
});

it("writes the functions' lines to their log groups, with Lambda's own lines", async () => {
  const { logs, stack } = await start(
    { timeoutSeconds: 0.5 },
    { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/kept', RetentionInDays: 90 } } },
  );
  const logGroupName = `/aws/lambda/${work}`;
  await stack.invoke('work', { do: 'print', text: '{"level":"ERROR"}' });
  await stack.invoke('work', { do: 'fail', times: 1 });
  await stack.invoke('work', { do: 'sleep', milliseconds: 60_000 });
  const found = async (filterPattern?: string) =>
    (await logs.filterLogEvents({ logGroupName, filterPattern })).events?.map(({ message }) => message);
  expect(await found('{ $.level = "ERROR" }')).toEqual(['{"level":"ERROR"}\n']);
  expect(await found('?ERROR ?Task')).toEqual([
    '{"level":"ERROR"}\n',
    expect.stringMatching(
      /^\S+Z\t\S+\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"failure 1"/,
    ),
    expect.stringMatching(/^\S+Z \S+ Task timed out after 0\.50 seconds\n$/),
  ]);
  expect(await found()).toContainEqual(expect.stringMatching(/^REPORT RequestId: /));
  expect((await logs.describeLogGroups({})).logGroups).toMatchObject([
    { logGroupName },
    { logGroupName: '/kept', retentionInDays: 90 },
  ]);
});

it('returns the policy and the redrive policy of a queue', async () => {
  const policy = { Version: '2012-10-17', Statement: [] };
  const { sqs } = await start(
    {},
    {
      QueuePolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: policy },
      },
    },
  );
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: work });
  const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  expect(Attributes).toMatchObject({
    QueueArn: queueArn,
    VisibilityTimeout: '36000',
    Policy: JSON.stringify(policy),
  });
  expect(JSON.parse(Attributes['RedrivePolicy'] ?? '')).toEqual({
    deadLetterTargetArn: `${queueArn}-dead`,
    maxReceiveCount: 3,
  });
});
