import { randomUUID } from 'node:crypto';
import type { EventSourceMapping, Run } from '../aws/functions.ts';
import type { AwsWorld } from '../aws/world.ts';
import type { Asynchronous } from './asynchronous.ts';
import type { Invoked } from './container.ts';
import type { LocalFunction } from './functions.ts';
import { fields, items, type Resource, resourcesOf, type Template } from './template.ts';

export interface DeployOptions {
  readonly aws: AwsWorld;
  readonly template: Template;
  readonly functions: readonly LocalFunction[];
  readonly asynchronous: Asynchronous;
}

/** The region of the stack. The template's regions are ignored. */
const region = 'us-east-1';

/** Registers the stack's functions and log groups with the AWS stand-in. */
export const deployFunctions = ({ aws, template, functions, asynchronous }: DeployOptions): void => {
  for (const { properties } of resourcesOf(template, 'AWS::Logs::LogGroup')) {
    const days = properties['RetentionInDays'];
    aws.logs.addGroup({
      name: String(properties['LogGroupName']),
      ...(days === undefined ? {} : { retentionDays: Number(days) }),
    });
  }
  for (const deployed of functions) {
    const { properties } = deployed;
    const description = properties['Description'];
    aws.lambda.functions.push({
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
    });
  }
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

/** Registers a queue's event source mapping and returns it. Its state may change later. */
export const deployMapping = (
  { lambda }: AwsWorld,
  { properties }: Resource,
  { name }: LocalFunction,
): EventSourceMapping => {
  const concurrency = fields(properties['ScalingConfig'])['MaximumConcurrency'];
  const mapping: EventSourceMapping = {
    uuid: randomUUID(),
    region,
    eventSourceArn: String(properties['EventSourceArn']),
    functionName: name,
    batchSize: Number(properties['BatchSize'] ?? 10),
    batchingWindowSeconds: Number(properties['MaximumBatchingWindowInSeconds'] ?? 0),
    responseTypes: items(properties['FunctionResponseTypes']).map(String),
    ...(concurrency === undefined ? {} : { maximumConcurrency: Number(concurrency) }),
    state: properties['Enabled'] === false ? 'Disabled' : 'Enabled',
    lastModified: new Date(),
  };
  lambda.eventSourceMappings.push(mapping);
  return mapping;
};
