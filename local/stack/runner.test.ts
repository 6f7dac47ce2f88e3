import type { AwsWorld } from '../aws/world.ts';
import { afterInvocation, type Puppets, scheduled, startPuppets, until } from '../testing/puppets.ts';
import type { StackOptions } from './runner.ts';
import { fields, items } from './template.ts';

const arn = (resource: string) => `arn:aws:${resource.replace(':', ':us-east-1:111122223333:')}`;
const permissionFor = (rule: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: { Ref: 'SweepLambdaFunction' },
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
  },
});

let puppets: Puppets;
const start = async (
  options?: Partial<StackOptions>,
  changes?: Parameters<typeof startPuppets>[1],
): Promise<Puppets> => {
  puppets = await startPuppets(options, changes);
  return puppets;
};
afterEach(() => puppets.close());

const pidOf = (invoked: unknown): unknown =>
  Reflect.get(Object(Reflect.get(Object(invoked), 'result')), 'pid');

describe('invoke', () => {
  it('runs the function of that key with its own code and environment', async () => {
    const { stack } = await start();
    expect(await stack.invoke('sweep', { approve: 'abc' })).toMatchObject({
      kind: 'answered',
      result: {
        event: { approve: 'abc' },
        puppet: 'sweep',
        functionName: 'puppets-prod-sweep',
        functionArn: arn('lambda:function:puppets-prod-sweep'),
      },
    });
    expect([stack.invocations(), stack.invocations('sweep'), stack.invocations('work')]).toEqual([1, 1, 0]);
  });

  it('reuses an idle container, starts another if none is idle, and a new one after a kill', async () => {
    const { stack } = await start();
    const nap = { do: 'sleep', milliseconds: 50 };
    const first = pidOf(await stack.invoke('work', {}));
    expect(pidOf(await stack.invoke('work', {}))).toBe(first);
    const busy = stack.invoke('work', nap);
    expect(stack.running()).toBe(1);
    expect(pidOf(await stack.invoke('work', {}))).not.toBe(first);
    await busy;
    expect(stack.running()).toBe(0);
    stack.killContainers('work');
    const third = pidOf(await stack.invoke('work', {}));
    expect(third).not.toBe(first);
    stack.killContainers('sweep');
    expect(pidOf(await stack.invoke('work', {}))).toBe(third);
  });

  it('returns and logs errors', async () => {
    const { stack } = await start();
    expect(await stack.invoke('work', { do: 'fail', times: 1 })).toMatchObject({
      kind: 'threw',
      error: { errorMessage: 'failure 1' },
    });
    expect(stack.logs).toEqual([expect.stringContaining('Error: failure 1')]);
    const killed = stack.invoke('work', { do: 'sleep', milliseconds: 60_000 });
    await until(() => stack.running() === 1);
    stack.killContainers();
    expect(await killed).toEqual({ kind: 'died' });
    await expect(stack.invoke('walk', {})).rejects.toThrow('the template has no function walk');
  });

  it('gives no events to a process of an earlier version', async () => {
    let version = '1';
    const { stack } = await start({ version: () => version });
    // Each process counts its failures.
    const fail = () => stack.invoke('work', { do: 'fail', times: 9 });
    const failure = (count: number) => ({ error: { errorMessage: `failure ${count}` } });
    expect(await fail()).toMatchObject(failure(1));
    expect(await fail()).toMatchObject(failure(2));
    version = '2';
    expect(await fail()).toMatchObject(failure(1));
    expect(await fail()).toMatchObject(failure(2));
  });

  /** Allows the actions in a role's policies, and ignores everything else in them. */
  const authorize: StackOptions['authorize'] = ({ action, principalArn }, policies) => {
    const statements = policies.flatMap((policy) => items(fields(policy)['Statement']));
    const isAllowed = statements.some((statement) => items(fields(statement)['Action']).includes(action));
    return Promise.resolve(isAllowed ? undefined : `${principalArn} is not authorized to perform ${action}`);
  };

  it("checks each function's calls against the policies of its own role", async () => {
    const { stack, aws } = await start({ authorize });
    expect(await stack.invoke('work', { do: 'put', name: '/puppets/a' })).toMatchObject({ kind: 'answered' });
    expect(await stack.invoke('sweep', { do: 'put', name: '/puppets/b' })).toMatchObject({
      kind: 'threw',
      error: {
        errorMessage: expect.stringContaining(
          'puppets-prod-sweep is not authorized to perform ssm:PutParameter',
        ),
      },
    });
    expect([...aws.ssm.parameters('us-east-1').keys()]).toEqual(['/puppets/a']);
    expect(aws.calls.map(({ principalArn }) => principalArn)).toEqual([
      'arn:aws:sts::111122223333:assumed-role/puppets-prod-work/puppets-prod-work',
      'arn:aws:sts::111122223333:assumed-role/puppets-prod-sweep/puppets-prod-sweep',
    ]);
  });
});

describe('tick', () => {
  it('starts the function of a schedule with a scheduled event, and waits for its end', async () => {
    const { stack } = await start();
    await stack.tick();
    expect(stack.running()).toBe(0);
    expect(stack.invocations('sweep')).toBe(1);
    expect(stack.logs.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '111122223333',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'us-east-1',
        resources: [arn('events:rule/SweepSchedule')],
        detail: {},
      },
    ]);
  });

  it('skips a disabled rule, and sends a target’s own input', async () => {
    const Input = '{"do":"print","text":"by input"}';
    const { stack } = await start(
      {},
      {
        SweepSchedule: scheduled({ State: 'DISABLED' }),
        OtherSchedule: scheduled({}, { Input }),
        OtherPermission: permissionFor('OtherSchedule'),
      },
    );
    await stack.tick();
    expect(stack.logs).toEqual(['by input']);
  });

  it('retries a failed function twice, as Lambda does', async () => {
    const Input = '{"do":"fail","times":2}';
    const { stack } = await start({}, { SweepSchedule: scheduled({}, { Input }) });
    const ticked = stack.tick();
    await until(() => stack.logs.length === 1);
    // The function is waiting for its next attempt.
    expect(stack.running()).toBeGreaterThan(0);
    await ticked;
    expect(stack.invocations('sweep')).toBe(3);
    expect(stack.logs.at(-1)).toBe('done after 2 failures');
  });

  it('gives up after the function’s configured retries', async () => {
    const { stack } = await start(
      {},
      {
        SweepSchedule: scheduled({}, { Input: '{"do":"fail","times":9}' }),
        Config: {
          Type: 'AWS::Lambda::EventInvokeConfig',
          Properties: {
            FunctionName: { Ref: 'SweepLambdaFunction' },
            Qualifier: '$LATEST',
            MaximumRetryAttempts: 1,
          },
        },
      },
    );
    await stack.tick();
    expect([stack.invocations('sweep'), stack.running()]).toEqual([2, 0]);
  });

  const reserve = (aws: AwsWorld, concurrency: number | undefined) => {
    for (const one of aws.lambda.functions) one.reservedConcurrency = concurrency;
  };

  it('waits for free concurrency without counting an attempt', async () => {
    const Input = '{"do":"print","text":"at last"}';
    const { stack, aws } = await start({}, { SweepSchedule: scheduled({}, { Input }) });
    reserve(aws, 1);
    const busy = stack.invoke('sweep', { do: 'sleep', milliseconds: 60_000 });
    await until(() => stack.invocations('sweep') === 1);
    const ticked = stack.tick();
    await until(() => stack.throttles('sweep') > 2);
    expect([stack.invocations('sweep'), stack.failures('sweep')]).toEqual([1, 0]);
    stack.killContainers('sweep');
    expect(await busy).toEqual({ kind: 'died' });
    await ticked;
    expect(stack.logs).toEqual(['at last']);
  });

  it('drops the event of a function without any concurrency, as Lambda does', async () => {
    const { stack, aws } = await start();
    reserve(aws, 0);
    await stack.tick();
    expect([stack.throttles('sweep'), stack.invocations('sweep'), stack.running()]).toEqual([1, 0, 0]);
  });
});

describe('the queue', () => {
  it('receives the rule’s events, and returns failed messages until they are dead letters', async () => {
    const { stack, aws } = await start();
    aws.bus.put({ source: 'puppets', 'detail-type': 'Any', detail: { do: 'print', text: 'by rule' } });
    await afterInvocation(puppets, 1);
    expect(stack.logs).toEqual(['by rule']);
    expect(stack.queue.messages).toEqual([]);
    stack.queue.send('{"failsAlone":true}');
    for (const nth of [2, 3, 4]) await afterInvocation(puppets, nth);
    await until(() => stack.queue.messages.length === 0);
    expect(stack.deadLetterQueue.messages.map(({ body }) => body)).toEqual(['{"failsAlone":true}']);
  });

  it('is not read by a disabled mapping', async () => {
    const { stack } = await start(
      {},
      {
        WorkMapping: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: {
            Enabled: false,
            EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
            FunctionName: { Ref: 'WorkLambdaFunction' },
          },
        },
      },
    );
    stack.queue.send('{"do":"print","text":"heard"}');
    await stack.invoke('work', {});
    expect(stack.queue.messages).toMatchObject([{ receiveCount: 0 }]);
  });
});

it('starts no container after it has stopped', async () => {
  const { stack } = await start();
  await stack.stop();
  expect(await stack.invoke('work', {})).toEqual({ kind: 'died' });
});
