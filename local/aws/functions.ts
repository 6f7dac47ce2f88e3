import { epochSeconds } from './clock.ts';

/** What came of a run: what the function gave back, the error that Lambda tells of, or none, for want of concurrency. */
export type Run =
  | { readonly kind: 'ran'; readonly result: unknown; readonly hasFailed: boolean }
  | { readonly kind: 'throttled' };

/** A function as it is deployed: its configuration, and who runs it. */
export interface DeployedFunction {
  readonly name: string;
  readonly region: string;
  readonly description?: string;
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly architecture: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly codeSha256: string;
  readonly codeBytes: number;
  state: 'Pending' | 'Active' | 'Inactive' | 'Failed';
  stateReason?: string;
  lastUpdateStatus: 'Successful' | 'InProgress' | 'Failed';
  lastModified: Date;
  /** How many of its runs there may be at a time; more are throttled. Undefined: as many as the account has left. */
  reservedConcurrency: number | undefined;
  /** Resolves when the function has ended. */
  readonly invoke: (payload: unknown) => Promise<Run>;
  /** Lambda's asynchronous invocation. */
  readonly start: (payload: unknown) => void;
}

/** How Lambda feeds a function from a queue. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly region: string;
  readonly eventSourceArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly responseTypes: readonly string[];
  readonly maximumConcurrency?: number;
  /** Nothing is received while it is not `Enabled`. */
  state: 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';
  lastModified: Date;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export const functionShape = (one: DeployedFunction, accountId: string) => ({
  FunctionName: one.name,
  FunctionArn: arnOf(one, accountId, one.name),
  Runtime: one.runtime,
  Role: one.roleArn,
  Handler: one.handler,
  CodeSize: one.codeBytes,
  CodeSha256: one.codeSha256,
  Description: one.description ?? '',
  Timeout: one.timeoutSeconds,
  MemorySize: one.memoryMegabytes,
  // `2026-11-24T12:00:00.000+0000`
  LastModified: one.lastModified.toISOString().replace('Z', '+0000'),
  Version: '$LATEST',
  Environment: { Variables: one.environment },
  TracingConfig: { Mode: 'PassThrough' },
  State: one.state,
  ...(one.stateReason === undefined ? {} : { StateReason: one.stateReason }),
  LastUpdateStatus: one.lastUpdateStatus,
  PackageType: 'Zip',
  Architectures: [one.architecture],
  EphemeralStorage: { Size: 512 },
  LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${one.name}` },
});

const arnOf = ({ region }: { readonly region: string }, accountId: string, name: string): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export const mappingShape = (one: EventSourceMapping, accountId: string) => ({
  UUID: one.uuid,
  BatchSize: one.batchSize,
  MaximumBatchingWindowInSeconds: one.batchingWindowSeconds,
  EventSourceArn: one.eventSourceArn,
  FunctionArn: arnOf(one, accountId, one.functionName),
  LastModified: epochSeconds(one.lastModified),
  State: one.state,
  StateTransitionReason: 'USER_INITIATED',
  FunctionResponseTypes: one.responseTypes,
  ...(one.maximumConcurrency === undefined
    ? {}
    : { ScalingConfig: { MaximumConcurrency: one.maximumConcurrency } }),
});
