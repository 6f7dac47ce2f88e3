import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { began, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { DeployedFunction, EventSourceMapping, Run } from './functions.ts';

const queueArn = `arn:aws:sqs:us-east-1:${accountId}:q`;
const functionArn = `arn:aws:lambda:us-east-1:${accountId}:function:work`;
let at: Harness;
let work: DeployedFunction;
let started: unknown[];
let runs: (payload: unknown) => Run;

const mapping = (uuid: string, more: Partial<EventSourceMapping> = {}): EventSourceMapping => ({
  uuid,
  region: 'us-east-1',
  eventSourceArn: queueArn,
  functionName: 'work',
  batchSize: 100,
  batchingWindowSeconds: 1,
  responseTypes: ['ReportBatchItemFailures'],
  maximumConcurrency: 2,
  state: 'Enabled',
  lastModified: began,
  ...more,
});

beforeEach(async () => {
  at = await startHarness();
  started = [];
  runs = (payload) => ({ kind: 'ran', result: { got: payload }, hasFailed: false });
  work = {
    name: 'work',
    region: 'us-east-1',
    description: 'Works',
    runtime: 'nodejs24.x',
    handler: 'dist/work.handler',
    roleArn: `arn:aws:iam::${accountId}:role/work`,
    architecture: 'arm64',
    timeoutSeconds: 300,
    memoryMegabytes: 512,
    environment: { QUEUE: 'q' },
    codeSha256: 'abc=',
    codeBytes: 12,
    state: 'Active',
    lastUpdateStatus: 'Successful',
    lastModified: began,
    reservedConcurrency: undefined,
    invoke: async (payload) => runs(payload),
    start: (payload) => void started.push(payload),
  };
  at.aws.lambda.functions.push(work);
});
afterEach(() => at.close());

const invoke = (more: Partial<ConstructorParameters<typeof InvokeCommand>[0]> = {}, client = at.lambda) =>
  client.send(new InvokeCommand({ FunctionName: 'work', Payload: '{"a":1}', ...more }));
const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();

describe('Invoke', () => {
  it('waits for the function and returns its result', async () => {
    const { StatusCode, FunctionError, ExecutedVersion, Payload } = await invoke();
    expect({ StatusCode, FunctionError, ExecutedVersion }).toEqual({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
    });
    expect(textOf(Payload)).toBe('{"got":{"a":1}}');
    runs = () => ({ kind: 'ran', result: undefined, hasFailed: false });
    expect(textOf((await invoke({ Payload: '' })).Payload)).toBe('null');
  });

  it('reports an error that the function threw, although the call succeeds', async () => {
    runs = () => ({ kind: 'ran', result: { errorType: 'Error', errorMessage: 'é' }, hasFailed: true });
    const { StatusCode, FunctionError, Payload } = await invoke();
    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(textOf(Payload)).toBe('{"errorType":"Error","errorMessage":"é"}');
  });

  it('only starts the function for an event, and does not even start it for a dry run', async () => {
    expect(await invoke({ InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 });
    expect(started).toEqual([{ a: 1 }]);
    expect(await invoke({ InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
    expect(started).toHaveLength(1);
  });

  it.each([
    ['its name', 'work'],
    ['its name and version', 'work:$LATEST'],
    ['the account and its name', `${accountId}:function:work`],
    ['its ARN', functionArn],
  ])('finds a function by %s', async (_, FunctionName) => {
    expect(await invoke({ FunctionName })).toMatchObject({ StatusCode: 200 });
  });

  it('does not find one of another name, version, account or region', async () => {
    for (const FunctionName of ['nothing', 'work:1', functionArn.replace(accountId, '999999999999')])
      expect(await failureOf(invoke({ FunctionName }))).toBe('ResourceNotFoundException 404');
    expect(await failureOf(invoke({ Qualifier: 'live' }))).toBe('ResourceNotFoundException 404');
    const far = at.as(at.aws.admin, 'eu-west-1').lambda;
    await expect(invoke({}, far)).rejects.toThrow(
      `Function not found: arn:aws:lambda:eu-west-1:${accountId}:function:work`,
    );
  });

  it('refuses invalid JSON, an unknown type, a log tail, and a function that is not ready', async () => {
    expect(await failureOf(invoke({ Payload: 'no' }))).toBe('InvalidRequestContentException 400');
    const other = { InvocationType: 'Other' as 'Event' };
    expect(await failureOf(invoke(other))).toBe('InvalidParameterValueException 400');
    expect(await failureOf(invoke({ LogType: 'Tail' }))).toBe('InvalidParameterValueException 400');
    work.state = 'Pending';
    expect(await failureOf(invoke())).toBe('ResourceConflictException 409');
  });
});

it('returns the configuration of a function', async () => {
  const get = () => at.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionArn }));
  expect(await get()).toMatchObject({
    FunctionName: 'work',
    FunctionArn: functionArn,
    Runtime: 'nodejs24.x',
    Role: `arn:aws:iam::${accountId}:role/work`,
    Handler: 'dist/work.handler',
    CodeSha256: 'abc=',
    Timeout: 300,
    MemorySize: 512,
    Environment: { Variables: { QUEUE: 'q' } },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LastModified: '2026-11-24T12:00:00.000+0000',
    Architectures: ['arm64'],
  });
  Object.assign(work, { state: 'Failed', stateReason: 'gone', lastUpdateStatus: 'Failed' });
  expect(await get()).toMatchObject({ State: 'Failed', StateReason: 'gone', LastUpdateStatus: 'Failed' });
  at.aws.lambda.functions.length = 0;
  expect(await failureOf(get())).toBe('ResourceNotFoundException 404');
});

it('lists mappings by function, by source and in pages', async () => {
  const { maximumConcurrency: _, ...unbounded } = mapping('b', { functionName: 'other', state: 'Disabled' });
  at.aws.lambda.eventSourceMappings.push(unbounded, mapping('a'), mapping('c', { eventSourceArn: 'arn:x' }));
  const list = async (input: object) =>
    (await at.lambda.send(new ListEventSourceMappingsCommand(input))).EventSourceMappings;
  expect(await list({ FunctionName: functionArn, EventSourceArn: queueArn })).toEqual([
    {
      UUID: 'a',
      State: 'Enabled',
      StateTransitionReason: 'USER_INITIATED',
      EventSourceArn: queueArn,
      FunctionArn: functionArn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      LastModified: began,
    },
  ]);
  const [other] = (await list({ FunctionName: 'other' })) ?? [];
  expect(other).toMatchObject({ UUID: 'b', State: 'Disabled' });
  expect(other).not.toHaveProperty('ScalingConfig');
  expect(await list({ FunctionName: 'nothing' })).toEqual([]);
  const { NextMarker: Marker } = await at.lambda.send(new ListEventSourceMappingsCommand({ MaxItems: 2 }));
  expect(await list({ Marker })).toMatchObject([{ UUID: 'c' }]);
});

describe('concurrency', () => {
  const FunctionName = 'work';
  const put = (ReservedConcurrentExecutions: number) =>
    at.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const reserved = async () =>
    (await at.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;

  it('is reserved, returned and released', async () => {
    expect(await reserved()).toBeUndefined();
    expect((await put(3)).ReservedConcurrentExecutions).toBe(3);
    expect([await reserved(), work.reservedConcurrency]).toEqual([3, 3]);
    await at.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect([await reserved(), work.reservedConcurrency]).toEqual([undefined, undefined]);
  });

  it('is not negative', async () => {
    expect(await failureOf(put(-1))).toBe('InvalidParameterValueException 400');
  });

  it('reports a throttle to the caller if none is left', async () => {
    runs = () => ({ kind: 'throttled' });
    expect(await failureOf(invoke())).toBe('TooManyRequestsException 429');
  });
});
