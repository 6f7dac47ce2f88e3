import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { AwsCall } from '../aws/call.ts';
import type { LocalMessage, Queue } from '../aws/sqs.ts';
import type { AwsWorld } from '../aws/world.ts';
import { type Container, startContainer } from './container.ts';
import { type Json, type Resource, readTemplate, type Template } from './template.ts';

export interface StackOptions {
  readonly aws: AwsWorld;
  /** Folder in which `serverless package` left template and bundles. */
  readonly packageFolder: string;
  readonly timeScale: number;
  /** Added to what the template gives the functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** Decides whether a function's role allows a call; the reason why not, or undefined. */
  readonly authorize?: (call: AwsCall, policies: readonly Json[]) => Promise<string | undefined>;
}

export interface Stack {
  readonly template: Template;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly logs: readonly string[];
  /** Number of function invocations so far. */
  readonly invocations: () => number;
  /** Kills the container whose credentials made a call. */
  readonly killCaller: (accessKeyId: string) => void;
  readonly killContainers: () => void;
  readonly stop: () => Promise<void>;
}

type Fields = { readonly [field: string]: Json };
const fields = (value: Json | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const items = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const createQueues = (aws: AwsWorld, template: Template): void => {
  for (const { type, properties } of template.resources) {
    if (type !== 'AWS::SQS::Queue') continue;
    const redrive = fields(properties['RedrivePolicy']);
    const target =
      String(redrive['deadLetterTargetArn'] ?? '')
        .split(':')
        .at(-1) ?? '';
    aws.sqs.create({
      name: String(properties['QueueName']),
      visibilitySeconds: Number(properties['VisibilityTimeout'] ?? 30),
      ...(target === ''
        ? {}
        : { redrive: { deadLetterQueue: target, maxReceiveCount: Number(redrive['maxReceiveCount']) } }),
    });
  }
};

const createRules = (aws: AwsWorld, template: Template): void => {
  for (const { type, properties } of template.resources) {
    if (type !== 'AWS::Events::Rule') continue;
    const queues = items(properties['Targets']).map(
      (target) => String(fields(target)['Arn']).split(':').at(-1) ?? '',
    );
    const targets = queues.map(
      (name) => (event: unknown) => void aws.sqs.queue(name).send(JSON.stringify(event)),
    );
    aws.bus.addRule({ name: String(properties['Name']), pattern: properties['EventPattern'], targets });
  }
};

const sqsRecord =
  (queueArn: string) =>
  ({ messageId, body, receiptHandle, receiveCount }: LocalMessage) => ({
    messageId,
    body,
    receiptHandle,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: 'us-east-1',
  });

const failedIds = (result: unknown): ReadonlySet<string> => {
  const failures =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'batchItemFailures') : undefined;
  const ids: readonly unknown[] = Array.isArray(failures)
    ? failures.map((failure: unknown) =>
        typeof failure === 'object' && failure !== null ? Reflect.get(failure, 'itemIdentifier') : undefined,
      )
    : [];
  return new Set(ids.filter((id): id is string => typeof id === 'string'));
};

const findOne = (template: Template, type: string): Resource => {
  const found = template.resources.find((resource) => resource.type === type);
  if (found === undefined) throw new Error(`the template holds no ${type}`);
  return found;
};

/** What Lambda does with the uploaded code. */
const unpack = (zip: string, folder: string): void => {
  for (const [name, content] of Object.entries(unzipSync(readFileSync(zip)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
};

/** `dist/handlers/reconcile.handler` is the export `handler` of `dist/handlers/reconcile.js`. */
const splitHandler = (handler: string): readonly [string, string] => {
  const dot = handler.lastIndexOf('.');
  return [handler.slice(0, dot), handler.slice(dot + 1)];
};

/** Wires the packaged stack: its rules, queues, event source mapping, function bundle, environment and role. */
export const startStack = ({
  aws,
  packageFolder,
  timeScale,
  environment,
  authorize,
}: StackOptions): Stack => {
  const template = readTemplate(join(packageFolder, 'cloudformation-template-update-stack.json'), {
    accountId: aws.accountId,
    region: 'us-east-1',
    endpoint: aws.url,
  });
  aws.stackResources.push(...template.resources);
  createQueues(aws, template);
  createRules(aws, template);

  const mapping = findOne(template, 'AWS::Lambda::EventSourceMapping').properties;
  const lambda = findOne(template, 'AWS::Lambda::Function').properties;
  const functionName = String(lambda['FunctionName']);
  const roleName = String(lambda['Role']).split('/').at(-1) ?? '';
  const role = template.resources.find(
    ({ type, properties }) => type === 'AWS::IAM::Role' && properties['RoleName'] === roleName,
  );
  const policies = items(role?.properties['Policies']).map(
    (policy) => fields(policy)['PolicyDocument'] ?? null,
  );
  const queueArn = String(mapping['EventSourceArn']);
  const queue = aws.sqs.queue(queueArn.split(':').at(-1) ?? '');
  const deadLetterQueue = aws.sqs.queue(queue.options.redrive?.deadLetterQueue ?? '');

  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
  unpack(join(packageFolder, `${functionName.split('-').at(-1) ?? ''}.zip`), folder);

  const logs: string[] = [];
  const containers: Container[] = [];
  const [handlerPath, handlerName] = splitHandler(String(lambda['Handler']));
  const newContainer = (): Container => {
    const { accessKeyId, secretAccessKey, sessionToken } = aws.issueRoleCredentials(roleName, functionName);
    const declared = Object.entries(fields(fields(lambda['Environment'])['Variables'])).map(
      ([name, value]) => [name, String(value)] as const,
    );
    return startContainer({
      bundle: join(folder, `${handlerPath}.js`),
      handler: handlerName,
      timeoutSeconds: Number(lambda['Timeout']),
      onLog: (line) => void logs.push(line),
      environment: {
        ...Object.fromEntries(declared),
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        LAMBDA_TASK_ROOT: folder,
        NODE_NO_WARNINGS: '1',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_ENDPOINT_URL: aws.url,
        ...environment,
      },
    });
  };
  const release = aws.intercept(async (call) => {
    if (authorize === undefined || !containers.some(({ accessKeyId }) => accessKeyId === call.accessKeyId))
      return undefined;
    const reason = await authorize(call, policies);
    return reason === undefined
      ? undefined
      : { kind: 'error', status: 403, code: 'AccessDenied', message: reason };
  });

  const running = { isStopped: false };
  let invocations = 0;
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const poll = async (): Promise<void> => {
    let container: Container | undefined;
    while (!running.isStopped) {
      const messages = [...queue.receive(Number(mapping['BatchSize']))];
      if (messages.length === 0) {
        await pause(5);
        continue;
      }
      await pause(Number(mapping['MaximumBatchingWindowInSeconds'] ?? 0) * 1000 * timeScale);
      messages.push(...queue.receive(Number(mapping['BatchSize']) - messages.length));
      if (container === undefined || !container.isAlive()) {
        container = newContainer();
        containers.push(container);
      }
      invocations += 1;
      const invoked = await container.invoke({ Records: messages.map(sqsRecord(queueArn)) });
      // After a crash Lambda deletes nothing: the messages come back when their visibility time-out ends.
      if (invoked.kind === 'threw') logs.push(invoked.message);
      if (invoked.kind !== 'answered') continue;
      const failed = failedIds(invoked.result);
      for (const { messageId, receiptHandle } of messages)
        if (!failed.has(messageId)) queue.remove(receiptHandle);
    }
  };
  const concurrency = Number(fields(mapping['ScalingConfig'])['MaximumConcurrency'] ?? 2);
  const pollers = Array.from({ length: concurrency }, poll);

  const killContainers = (): void => containers.forEach((container) => container.kill());
  return {
    template,
    queue,
    deadLetterQueue,
    logs,
    invocations: () => invocations,
    killCaller: (accessKeyId) =>
      containers.find((container) => container.accessKeyId === accessKeyId)?.kill(),
    killContainers,
    stop: async () => {
      running.isStopped = true;
      killContainers();
      await Promise.all(pollers);
      release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
