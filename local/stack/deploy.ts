import { randomUUID } from 'node:crypto';
import type { DeployedFunction, EventSourceMapping, Run } from '../aws/functions.ts';
import type { AwsWorld } from '../aws/world.ts';
import type { Asynchronous } from './asynchronous.ts';
import type { Invoked } from './container.ts';
import type { LocalFunction } from './functions.ts';
import { fields, items, type Resource } from './template.ts';

export interface DeployOptions {
  readonly aws: AwsWorld;
  readonly functions: readonly LocalFunction[];
  readonly asynchronous: Asynchronous;
}

/** The region of the stack. The template's regions are ignored. */
const region = 'us-east-1';

/**
 * Registers the stack's functions with the AWS stand-in, in place of those with the same names. Returns a function that removes
 * them.
 */
export const deployFunctions = ({ aws, functions, asynchronous }: DeployOptions): (() => void) => {
  const registered = functions.map((deployed) => {
    const { properties } = deployed;
    const description = properties['Description'];
    const previous = aws.lambda.functions.find(({ name }) => name === deployed.name);
    // CloudFormation does not see a reservation that someone made beside the template.
    deployed.reservedConcurrency = previous?.reservedConcurrency;
    const made: DeployedFunction = {
      name: deployed.name,
      region,
      ...(description === undefined ? {} : { description: String(description) }),
      runtime: String(properties['Runtime'] ?? 'nodejs24.x'),
      handler: String(properties['Handler']),
      roleArn: String(properties['Role']),
      architecture: String(items(properties['Architectures'])[0] ?? 'x86_64'),
      timeoutSeconds: deployed.timeoutSeconds,
      memoryMegabytes: deployed.memoryMegabytes,
      environment: deployed.environment,
      codeSha256: deployed.code.sha256,
      codeBytes: deployed.code.bytes,
      state: 'Active',
      lastUpdateStatus: 'Successful',
      lastModified: new Date(),
      get reservedConcurrency() {
        return deployed.reservedConcurrency;
      },
      set reservedConcurrency(concurrency) {
        deployed.reservedConcurrency = concurrency;
      },
      invoke: async (payload) => runOf(await deployed.invoke(payload)),
      start: (payload) => void asynchronous.start(deployed, payload),
    };
    replace(aws.lambda.functions, previous, made);
    return made;
  });
  return () => registered.forEach((made) => removeFrom(aws.lambda.functions, made));
};

/** Puts an item into a list, in the place of another one if there is one. */
const replace = <T>(list: T[], previous: T | undefined, item: T): void => {
  const index = previous === undefined ? -1 : list.indexOf(previous);
  if (index === -1) list.push(item);
  else list[index] = item;
};

const removeFrom = <T>(list: T[], item: T): void => {
  const index = list.indexOf(item);
  if (index !== -1) list.splice(index, 1);
};

/** Lambda's answer to the caller of Invoke: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
const runOf = (invoked: Invoked): Run => {
  const failed = (result: unknown): Run => ({ kind: 'ran', result, hasFailed: true });
  switch (invoked.kind) {
    case 'answered':
      return { kind: 'ran', result: invoked.result, hasFailed: false };
    case 'threw':
      return failed(invoked.error);
    case 'timedOut':
      return failed({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${randomUUID()} Error: ${invoked.message}`,
      });
    case 'died':
      return failed({
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${randomUUID()} Error: Runtime exited with error: signal: killed`,
      });
    case 'throttled':
      return invoked;
  }
};

export const logGroupOf = (functionName: string): string => `/aws/lambda/${functionName}`;

/** A queue's event source mapping, whose state may change later. */
export interface DeployedMapping {
  readonly mapping: EventSourceMapping;
  readonly remove: () => void;
}

/** Registers a queue's event source mapping, in place of the one between the same queue and function. */
export const deployMapping = (
  { lambda: { eventSourceMappings } }: AwsWorld,
  { properties }: Resource,
  { name }: LocalFunction,
): DeployedMapping => {
  const eventSourceArn = String(properties['EventSourceArn']);
  const previous = eventSourceMappings.find(
    (one) => one.eventSourceArn === eventSourceArn && one.functionName === name,
  );
  const concurrency = fields(properties['ScalingConfig'])['MaximumConcurrency'];
  const mapping: EventSourceMapping = {
    uuid: previous?.uuid ?? randomUUID(),
    region,
    eventSourceArn,
    functionName: name,
    batchSize: Number(properties['BatchSize'] ?? 10),
    batchingWindowSeconds: Number(properties['MaximumBatchingWindowInSeconds'] ?? 0),
    responseTypes: items(properties['FunctionResponseTypes']).map(String),
    ...(concurrency === undefined ? {} : { maximumConcurrency: Number(concurrency) }),
    state: previous?.state ?? (properties['Enabled'] === false ? 'Disabled' : 'Enabled'),
    lastModified: new Date(),
  };
  replace(eventSourceMappings, previous, mapping);
  return { mapping, remove: () => removeFrom(eventSourceMappings, mapping) };
};
