import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { AwsWorld } from '../aws/world.ts';
import { type Code, unpack } from './code.ts';
import { type Container, type Invoked, ownRuntime, type Runtime, startContainer } from './container.ts';
import { fields, items, type Json, type Resource, resourcesOf, type Template } from './template.ts';

/** A function of the template: its code, its environment, its role, and the containers that run it. */
export interface LocalFunction {
  /** The function's key in serverless.yml: `reconcile`. */
  readonly key: string;
  readonly name: string;
  readonly arn: string;
  readonly roleName: string;
  /** The template's properties. */
  readonly properties: Resource['properties'];
  readonly code: Code;
  /** The configured variables, without those that Lambda sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** The inline policies of its role. */
  readonly policies: readonly Json[];
  /** Like Lambda's Invoke: uses an idle container, or starts one. */
  readonly invoke: (payload: unknown) => Promise<Invoked>;
  /** Whether the key belongs to one of its containers, dead ones included: their last calls may still arrive. */
  readonly owns: (accessKeyId: string) => boolean;
  /** Kills the container with this key, or all. */
  readonly kill: (accessKeyId?: string) => void;
  /** The number of invocations so far. */
  readonly invocations: () => number;
  /** The number of invocations that ended in an error, as Lambda's metric Errors counts them. */
  readonly failures: () => number;
  /** The number of invocations that did not begin because the reserved concurrency was in use. */
  readonly throttles: () => number;
  /** The maximum number of concurrent invocations. @default undefined (no limit) */
  reservedConcurrency: number | undefined;
  /** The number of invocations that have not ended. */
  readonly running: () => number;
  /** Kills its containers and starts no more. Resolves when they are gone. */
  readonly stop: () => Promise<void>;
}

/**
 * How the functions find AWS: by the stand-in's address, or by AWS's own host names without any setting. The second needs a
 * network that resolves those names to the stand-in.
 */
export type Reach = 'address' | 'own names';

export type ZipOf = (place: { readonly bucket: string; readonly key: string }) => Uint8Array;

export interface FunctionsOptions {
  readonly aws: AwsWorld;
  readonly template: Template;
  /** Returns the zip of a function, whose place the template names. */
  readonly zipOf: ZipOf;
  readonly reach: Reach;
  /** Variables in addition to the template's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
  /** A container that was started under another version gets no more events, as after a deployment. @default there is one version */
  readonly version?: () => string;
  /** The program that runs the functions' code. @default ownRuntime */
  readonly runtime?: Runtime;
  readonly onLog: (functionName: string, line: string) => void;
}

export const createFunctions = (options: FunctionsOptions): readonly LocalFunction[] =>
  resourcesOf(options.template, 'AWS::Lambda::Function').map((resource) => createFunction(resource, options));

/** Lambda's defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const defaults = { timeoutSeconds: 3, memoryMegabytes: 128 };

const createFunction = (resource: Resource, options: FunctionsOptions): LocalFunction => {
  const { aws, template, zipOf, reach, environment, onLog } = options;
  const { arn, properties } = resource;
  const name = String(properties['FunctionName']);
  const { S3Bucket, S3Key } = fields(properties['Code']);
  const key = basename(String(S3Key), '.zip');
  const roleName = roleNameOf(resource);
  const code = unpack(zipOf({ bucket: String(S3Bucket), key: String(S3Key) }));
  const declared = Object.entries(fields(fields(properties['Environment'])['Variables']));
  const configured = {
    ...Object.fromEntries(declared.map(([field, value]) => [field, String(value)])),
    ...environment,
  };
  const timeoutSeconds = options.timeoutSeconds ?? Number(properties['Timeout'] ?? defaults.timeoutSeconds);
  const memoryMegabytes = Number(properties['MemorySize'] ?? defaults.memoryMegabytes);
  const log = (line: string): void => onLog(name, line);
  const { version = () => '' } = options;
  const containers = new Map<string, Container>();
  const versions = new WeakMap<Container, string>();
  const idle: Container[] = [];
  const counts = { invocations: 0, failures: 0, throttles: 0, running: 0 };
  let isStopped = false;

  const start = (): Container => {
    const current = version();
    const { accessKeyId, secretAccessKey, sessionToken } = aws.issueRoleCredentials(roleName, name);
    const container = startContainer({
      codeFolder: code.folder,
      handler: String(properties['Handler']),
      functionArn: arn,
      timeoutSeconds,
      memoryMegabytes,
      runtime: options.runtime ?? ownRuntime,
      onLog: log,
      environment: {
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(),
        AWS_EXECUTION_ENV: `AWS_Lambda_${String(properties['Runtime'] ?? 'nodejs24.x')}`,
        NODE_NO_WARNINGS: '1',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        ...(reach === 'address' ? { AWS_ENDPOINT_URL: aws.url } : {}),
        ...configured,
      },
    });
    containers.set(accessKeyId, container);
    versions.set(container, current);
    return container;
  };
  const take = (): Container => {
    const container = idle.pop() ?? start();
    if (!container.isAlive()) return take();
    if (versions.get(container) === version()) return container;
    container.kill();
    return take();
  };
  const kill = (accessKeyId?: string): void => {
    for (const container of containers.values())
      if (accessKeyId === undefined || container.accessKeyId === accessKeyId) container.kill();
  };

  const self: LocalFunction = {
    key,
    name,
    arn,
    roleName,
    properties,
    code,
    environment: configured,
    timeoutSeconds,
    memoryMegabytes,
    policies: policiesOf(template, roleName),
    owns: (accessKeyId) => containers.has(accessKeyId),
    kill,
    invocations: () => counts.invocations,
    failures: () => counts.failures,
    throttles: () => counts.throttles,
    reservedConcurrency: undefined,
    running: () => counts.running,
    invoke: async (payload) => {
      if (isStopped) return { kind: 'died' };
      if (counts.running >= (self.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
        counts.throttles += 1;
        return { kind: 'throttled' };
      }
      counts.invocations += 1;
      counts.running += 1;
      const container = take();
      const invoked = await container.invoke(payload);
      counts.running -= 1;
      if (invoked.kind !== 'answered') counts.failures += 1;
      idle.push(container);
      // The function's own runtime logs what it threw.
      if (invoked.kind === 'timedOut') log(`${new Date().toISOString()} ${randomUUID()} ${invoked.message}`);
      return invoked;
    },
    stop: async () => {
      isStopped = true;
      kill();
      await Promise.all([...containers.values()].map(({ ended }) => ended));
      code.remove();
    },
  };
  return self;
};

const roleNameOf = ({ properties }: Resource): string => String(properties['Role']).split('/').at(-1) ?? '';

/** Each container has its own log stream, named as Lambda names it. */
const logStreamName = (): string =>
  `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;

const policiesOf = (template: Template, roleName: string): readonly Json[] =>
  resourcesOf(template, 'AWS::IAM::Role')
    .filter(({ properties }) => properties['RoleName'] === roleName)
    .flatMap(({ properties }) => items(properties['Policies']))
    .map((policy) => fields(policy)['PolicyDocument'] ?? null);

/** Whether a template means this function by its ARN or its name. */
export const isNamed = ({ arn }: LocalFunction, name: unknown): boolean =>
  arn === name || arn.endsWith(`:function:${String(name)}`);

/** The roles that the functions of a template run as, each once. */
export const functionRoles = (template: Template): readonly string[] => [
  ...new Set(resourcesOf(template, 'AWS::Lambda::Function').map(roleNameOf)),
];
