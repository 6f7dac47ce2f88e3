import { epochSeconds } from './clock.ts';

/** A run's result or error, or `throttled` for lack of concurrency. */
export type Run =
  | { readonly kind: 'ran'; readonly result: unknown; readonly hasFailed: boolean }
  | { readonly kind: 'throttled' };

/** A deployed function: its configuration, and how to run it. */
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
  /** The maximum number of concurrent runs; more are throttled. Undefined: no limit of its own. */
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
  /** Lambda receives messages only while it is `Enabled`. */
  state: 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';
  lastModified: Date;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export const functionShape = (deployed: DeployedFunction, accountId: string) => ({
  FunctionName: deployed.name,
  FunctionArn: arnOf(deployed, accountId, deployed.name),
  Runtime: deployed.runtime,
  Role: deployed.roleArn,
  Handler: deployed.handler,
  CodeSize: deployed.codeBytes,
  CodeSha256: deployed.codeSha256,
  Description: deployed.description ?? '',
  Timeout: deployed.timeoutSeconds,
  MemorySize: deployed.memoryMegabytes,
  // `2026-11-24T12:00:00.000+0000`
  LastModified: deployed.lastModified.toISOString().replace('Z', '+0000'),
  Version: '$LATEST',
  Environment: { Variables: deployed.environment },
  TracingConfig: { Mode: 'PassThrough' },
  State: deployed.state,
  ...(deployed.stateReason === undefined ? {} : { StateReason: deployed.stateReason }),
  LastUpdateStatus: deployed.lastUpdateStatus,
  PackageType: 'Zip',
  Architectures: [deployed.architecture],
  EphemeralStorage: { Size: 512 },
  LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${deployed.name}` },
});

const arnOf = ({ region }: { readonly region: string }, accountId: string, name: string): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export const mappingShape = (mapping: EventSourceMapping, accountId: string) => ({
  UUID: mapping.uuid,
  BatchSize: mapping.batchSize,
  MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
  EventSourceArn: mapping.eventSourceArn,
  FunctionArn: arnOf(mapping, accountId, mapping.functionName),
  LastModified: epochSeconds(mapping.lastModified),
  State: mapping.state,
  StateTransitionReason: 'USER_INITIATED',
  FunctionResponseTypes: mapping.responseTypes,
  ...(mapping.maximumConcurrency === undefined
    ? {}
    : { ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency } }),
});
