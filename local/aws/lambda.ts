import { AwsError, type Input, integer, text } from './call.ts';
import { type DeployedFunction, type EventSourceMapping, functionShape, mappingShape } from './functions.ts';
import { pageOf } from './pages.ts';

export type { DeployedFunction, EventSourceMapping } from './functions.ts';

/** Lambda's functions. The stack's runner registers them here. */
export interface Lambda {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  readonly functions: DeployedFunction[];
  readonly eventSourceMappings: EventSourceMapping[];
}

const latest = '$LATEST';

export const createLambda = (accountId: string): Lambda => {
  const functions: DeployedFunction[] = [];
  const eventSourceMappings: EventSourceMapping[] = [];
  const find = (region: string, input: Input): DeployedFunction => {
    const [, ofRegion = region, ofAccount = accountId, name = '', qualifier = latest] =
      named.exec(text(input, 'FunctionName')) ?? [];
    const version = text(input, 'Qualifier') || qualifier;
    const isHere = ofRegion === region && ofAccount === accountId && version === latest;
    const found = functions.find(
      (candidate) => isHere && candidate.name === name && candidate.region === region,
    );
    if (found === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        `Function not found: arn:aws:lambda:${ofRegion}:${ofAccount}:function:${name}${version === latest ? '' : `:${version}`}`,
        404,
      );
    return found;
  };
  const list = (region: string, input: Input): unknown => {
    const source = text(input, 'EventSourceArn');
    // The function of a mapping need not exist.
    const name = functionNameOf(text(input, 'FunctionName'));
    const found = eventSourceMappings
      .filter((mapping) => mapping.region === region)
      .filter(({ eventSourceArn }) => source === '' || eventSourceArn === source)
      .filter(({ functionName }) => name === undefined || functionName === name)
      .toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
    const size = integer(
      input,
      'MaxItems',
      { least: 1, most: 10_000, otherwise: 100 },
      'InvalidParameterValueException',
    );
    const wanted = { marker: text(input, 'Marker'), size: Math.min(size, 100) };
    const { items, next } = pageOf(found, ({ uuid }) => uuid, wanted);
    const EventSourceMappings = items.map((mapping) => mappingShape(mapping, accountId));
    return { EventSourceMappings, ...(next === undefined ? {} : { NextMarker: next }) };
  };
  return {
    functions,
    eventSourceMappings,
    perform: (action, region, input) => {
      switch (action) {
        case 'Invoke':
          return invoke(find(region, input), input);
        case 'GetFunction':
          return { Configuration: functionShape(find(region, input), accountId), Tags: {} };
        case 'GetFunctionConfiguration':
          return functionShape(find(region, input), accountId);
        case 'PutFunctionConcurrency':
          return reserve(find(region, input), input);
        case 'GetFunctionConcurrency':
          return reservation(find(region, input));
        case 'DeleteFunctionConcurrency':
          find(region, input).reservedConcurrency = undefined;
          return { StatusCode: 204 };
        case 'ListEventSourceMappings':
          return list(region, input);
        default:
          throw new AwsError(
            'UnknownOperationException',
            `The stand-in does not know lambda:${action}.`,
            404,
          );
      }
    },
  };
};

/** The name in a FunctionName: `name`, `name:qualifier`, `ACCOUNT:function:name`, or an ARN. */
const named = /^(?:(?:arn:aws:lambda:([\w-]+):)?(\d{12}):function:)?([\w-]+)(?::([\w$-]+))?$/;

/** Returns undefined if it is not a function's name. */
export const functionNameOf = (name: string): string | undefined => named.exec(name)?.[3];

const invoke = async (called: DeployedFunction, input: Input): Promise<unknown> => {
  const payload = payloadOf(input);
  if (called.state === 'Pending' || called.state === 'Failed')
    throw new AwsError(
      'ResourceConflictException',
      `The operation cannot be performed at this time. The function is currently in the following state: ${called.state}`,
      409,
    );
  switch (text(input, 'InvocationType') || 'RequestResponse') {
    case 'DryRun':
      return { StatusCode: 204 };
    case 'Event':
      called.start(payload);
      return { StatusCode: 202 };
    case 'RequestResponse': {
      if (text(input, 'LogType') === 'Tail')
        throw new AwsError(
          'InvalidParameterValueException',
          'The stand-in answers with no log: see CloudWatch Logs.',
        );
      const run = await called.invoke(payload);
      if (run.kind === 'throttled') throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      const { result, hasFailed } = run;
      return {
        StatusCode: 200,
        ...(hasFailed ? { FunctionError: 'Unhandled' } : {}),
        ExecutedVersion: latest,
        Payload: JSON.stringify(result ?? null),
      };
    }
    default:
      throw new AwsError(
        'InvalidParameterValueException',
        `1 validation error detected: Value '${text(input, 'InvocationType')}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]`,
      );
  }
};

const payloadOf = (input: Input): unknown => {
  const payload = text(input, 'Payload');
  if (payload === '') return {};
  try {
    return JSON.parse(payload);
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Could not parse request body into json: invalid JSON',
    );
  }
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const reserve = (called: DeployedFunction, input: Input): unknown => {
  called.reservedConcurrency = integer(
    input,
    'ReservedConcurrentExecutions',
    { least: 0, most: 900, otherwise: 0 },
    'InvalidParameterValueException',
  );
  return reservation(called);
};

const reservation = ({ reservedConcurrency }: DeployedFunction): unknown =>
  reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
