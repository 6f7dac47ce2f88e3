import type { AwsCall } from '../aws/call.ts';
import type { RuleTarget } from '../aws/event-bus.ts';
import type { Queue } from '../aws/sqs.ts';
import type { AwsWorld } from '../aws/world.ts';
import { pause } from '../pause.ts';
import { createAsynchronous } from './asynchronous.ts';
import type { Invoked, Runtime } from './container.ts';
import { deployFunctions, deployMapping, logGroupOf } from './deploy.ts';
import { pollQueue } from './event-source.ts';
import { createFunctions, isNamed, type LocalFunction, type Reach, type ZipOf } from './functions.ts';
import { queueOf } from './queues.ts';
import type { FailedDelivery } from './rule-queues.ts';
import { createRules } from './rules.ts';
import { type Json, resourcesOf, type Template } from './template.ts';
import type { Published } from './topics.ts';

export interface RunOptions {
  readonly aws: AwsWorld;
  readonly template: Template;
  readonly zipOf: ZipOf;
  readonly timeScale: number;
  readonly reach: Reach;
  /** Variables in addition to the template's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces every function's timeout, so that a test can reach it. Not scaled. @default the template's */
  readonly timeoutSeconds?: number;
  /** A container that was started under another version gets no more events, as after a deployment. @default there is one version */
  readonly version?: () => string;
  /** The program that runs the functions' code. @default ownRuntime */
  readonly runtime?: Runtime;
  /** The targets of the template's rules that are buses. @default none */
  readonly busTargets?: readonly RuleTarget[];
  /** Returns the reason why a function's role does not allow a call, or undefined if it does. */
  readonly authorize?: (call: AwsCall, policies: readonly Json[]) => Promise<string | undefined>;
}

export interface Stack {
  readonly template: Template;
  /** The queue of the template's first event source mapping. */
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly logs: readonly string[];
  /** Messages that the stack's rules published to topics. */
  readonly published: readonly Published[];
  /** Failed deliveries to queues. */
  readonly failedDeliveries: readonly FailedDelivery[];
  /** ARNs of queues that refuse messages from EventBridge. Tests add and remove them. */
  readonly closedQueues: Set<string>;
  /** The REPORT lines that Lambda writes after each invocation: its duration and memory. */
  readonly reports: readonly string[];
  /** Like Lambda's synchronous Invoke: `invoke('reconcile', {Records: []})`. */
  readonly invoke: (functionKey: string, payload: unknown) => Promise<Invoked>;
  /** Fires every enabled schedule once. Resolves when the started functions have ended, including their retries. */
  readonly tick: () => Promise<void>;
  /** The number of invocations so far, of one function or of all. */
  readonly invocations: (functionKey?: string) => number;
  /** The number of invocations that ended in an error. */
  readonly failures: (functionKey?: string) => number;
  /** The number of invocations that did not begin for lack of concurrency. */
  readonly throttles: (functionKey?: string) => number;
  /** The number of unfinished invocations, including those that wait for a retry or for more messages. */
  readonly running: () => number;
  /** Kills the container whose credentials made a call. */
  readonly killCaller: (accessKeyId: string) => void;
  /** Kills the containers of one function or of all. */
  readonly killContainers: (functionKey?: string) => void;
  /** Starts nothing more, removes the functions and their mappings, and stops when every invocation has ended. */
  readonly retire: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Runs a template whose queues and tables exist: rules, event source mappings, and functions. Throws before it starts any. */
export const runTemplate = (options: RunOptions): Stack => {
  const { aws, template, timeScale, authorize } = options;
  const [firstMapping, ...otherMappings] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
  if (firstMapping === undefined) throw new Error('the template has no AWS::Lambda::EventSourceMapping');
  const logs: string[] = [];
  const reports: string[] = [];
  const published: Published[] = [];
  const failedDeliveries: FailedDelivery[] = [];
  const closedQueues = new Set<string>();
  const functions = createFunctions({
    ...options,
    onLog: (functionName, line) => {
      (line.startsWith('REPORT ') ? reports : logs).push(line);
      aws.logs.write(logGroupOf(functionName), line);
    },
  });
  const find = (isMatch: (candidate: LocalFunction) => boolean, name: unknown): LocalFunction => {
    const found = functions.find(isMatch);
    if (found === undefined) throw new Error(`the template has no function ${String(name)}`);
    return found;
  };
  const byKey = (key: string): LocalFunction => find((candidate) => candidate.key === key, key);
  const ofKey = (key: string | undefined): readonly LocalFunction[] =>
    key === undefined ? functions : [byKey(key)];

  const stopping = new AbortController();
  const { signal } = stopping;
  const asynchronous = createAsynchronous({ template, timeScale, signal });
  const targets = [firstMapping, ...otherMappings].map((resource) => {
    const { FunctionName } = resource.properties;
    return { resource, target: find((candidate) => isNamed(candidate, FunctionName), FunctionName) };
  });
  const { tick, remove: removeRules } = createRules({
    aws,
    template,
    functions,
    asynchronous,
    onPublish: (message) => void published.push(message),
    closedQueues,
    onFailure: (failed) => void failedDeliveries.push(failed),
    busTargets: options.busTargets ?? [],
  });
  const removeFunctions = deployFunctions({ aws, functions, asynchronous });
  const release = authorize === undefined ? () => undefined : guard(aws, functions, authorize);

  const pollers = targets.map(({ resource, target }) => {
    const { mapping, remove } = deployMapping(aws, resource, target);
    const queue = queueOf(aws, mapping.eventSourceArn);
    return { ...pollQueue({ mapping, queue, target, timeScale, signal }), remove };
  });
  const queue = queueOf(aws, firstMapping.properties['EventSourceArn']);

  const running = (): number =>
    asynchronous.pending() +
    sum(functions.map((one) => one.running())) +
    sum(pollers.map(({ gathering }) => gathering()));
  const stop = async (): Promise<void> => {
    stopping.abort();
    removeRules();
    await Promise.all([...functions.map((one) => one.stop()), ...pollers.map(({ ended }) => ended)]);
    release();
  };

  return {
    template,
    queue,
    deadLetterQueue: aws.sqs.queue(queue.options.redrive?.deadLetterQueue ?? ''),
    logs,
    reports,
    published,
    failedDeliveries,
    closedQueues,
    invoke: async (functionKey, payload) => byKey(functionKey).invoke(payload),
    tick,
    invocations: (functionKey) => sum(ofKey(functionKey).map(({ invocations }) => invocations())),
    failures: (functionKey) => sum(ofKey(functionKey).map(({ failures }) => failures())),
    throttles: (functionKey) => sum(ofKey(functionKey).map(({ throttles }) => throttles())),
    running,
    killCaller: (accessKeyId) => functions.forEach(({ kill }) => kill(accessKeyId)),
    killContainers: (functionKey) => ofKey(functionKey).forEach(({ kill }) => kill()),
    retire: async () => {
      stopping.abort();
      removeRules();
      removeFunctions();
      for (const { remove } of pollers) remove();
      await Promise.all(pollers.map(({ ended }) => ended));
      while (running() > 0) await pause(10);
      await stop();
    },
    stop,
  };
};

/** Checks each call of a function against the policies of that function's role. */
const guard = (
  { intercept }: AwsWorld,
  functions: readonly LocalFunction[],
  authorize: NonNullable<RunOptions['authorize']>,
) =>
  intercept(async (call) => {
    const caller = functions.find(({ owns }) => owns(call.accessKeyId));
    const reason = caller === undefined ? undefined : await authorize(call, caller.policies);
    return reason === undefined
      ? undefined
      : { kind: 'error', status: 403, code: 'AccessDenied', message: reason };
  });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
