import {
  DisableRuleCommand,
  EnableRuleCommand,
  ResourceNotFoundException as RuleNotFound,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  PurgeQueueInProgress,
  QueueDoesNotExist,
} from '@aws-sdk/client-sqs';
import { answerFields } from '../../core/answer.ts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { type StackNames, stackNames, stackRegion } from '../../core/stack.ts';
import type { DeployedStack } from '../../ports.ts';
import { signAnswer } from './caller.ts';
import type { AwsClients } from './clients.ts';
import { isAwsException, tried } from './failure.ts';
import { functionConfiguration } from './function-configuration.ts';

/** The sweep may take 900 s, and answers only at its end. */
const invokeTimeoutMilliseconds = 910_000;

/** Reaches the deployed stack by the names of its parts. */
export const awsStack = (
  clients: AwsClients,
  { stage, hasMembers }: StackOptions,
  abortSignal: AbortSignal,
): DeployedStack => {
  const names = stackNames(stage);
  const eventRules: readonly StackRule[] = [
    { rule: names.roleEventsRule },
    ...(hasMembers ? [{ rule: names.memberEventsRule, bus: names.memberBus }] : []),
  ];
  const enableRule = ({ rule, bus }: StackRule): Promise<void> =>
    tried(`enabling the rule ${rule}`, async () => {
      try {
        await clients.events.send(new EnableRuleCommand({ Name: rule, EventBusName: bus }), { abortSignal });
      } catch (thrown) {
        if (!isAwsException(thrown, RuleNotFound)) throw thrown;
      }
    });
  return {
    isDeployed: () => hasFunction(names, abortSignal),
    sweep: async (answer) =>
      invokeSweep(
        names,
        answer === undefined ? {} : { ...answerFields(answer), proof: await signAnswer(stage, answer) },
        abortSignal,
      ),
    stopRules: async () => {
      await enableRule({ rule: names.driftRule });
      return Promise.all(
        [...eventRules, { rule: names.scheduleRule }].map(({ rule, bus }: StackRule) =>
          tried(`disabling the rule ${rule}`, async () => {
            try {
              await clients.events.send(new DisableRuleCommand({ Name: rule, EventBusName: bus }), {
                abortSignal,
              });
              return { rule, kind: 'stopped' } as const;
            } catch (thrown) {
              if (isAwsException(thrown, RuleNotFound)) return { rule, kind: 'absent' } as const;
              throw thrown;
            }
          }),
        ),
      );
    },
    startRules: async () => {
      for (const rule of [...eventRules, { rule: names.driftRule }, { rule: names.scheduleRule }])
        await enableRule(rule);
    },
    purgeQueue: async () => {
      const QueueUrl = await queueUrlOf(clients, names, abortSignal);
      if (QueueUrl === undefined) return;
      await tried(`emptying the queue ${names.queue}`, async () => {
        try {
          await clients.sqs.send(new PurgeQueueCommand({ QueueUrl }), { abortSignal });
        } catch (thrown) {
          // SQS purges at most once a minute. A message that arrives later is processed, or purged at the next try.
          if (!(thrown instanceof PurgeQueueInProgress)) throw thrown;
        }
      });
    },
    queuedMessages: async () => {
      const QueueUrl = await queueUrlOf(clients, names, abortSignal);
      if (QueueUrl === undefined) return 0;
      const { Attributes = {} } = await tried(`reading the queue ${names.queue}`, () =>
        clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...messageCounts] }), {
          abortSignal,
        }),
      );
      const counts = messageCounts.map((name) => Number(Attributes[name]));
      if (counts.some((count) => Number.isNaN(count)))
        throw new RetryableError(`The answer of SQS lacks the number of messages in ${names.queue}.`);
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
};

const notDeployed = (functionName: string, cause: unknown): PermanentError =>
  new PermanentError(
    `There is no function ${functionName} in ${stackRegion}. Deploy the stack (npm run deploy), or name another stage with --stage.`,
    { cause },
  );

const invokeSweep = ({ sweepFunction }: StackNames, payload: object, abortSignal: AbortSignal) =>
  tried(`invoking ${sweepFunction}`, async () => {
    const lambda = new LambdaClient({
      region: stackRegion,
      // A second try would be a second sweep.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 3_000, requestTimeout: invokeTimeoutMilliseconds },
    });
    try {
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: sweepFunction, Payload: JSON.stringify(payload) }),
        { abortSignal },
      );
      const answer = parseJson(Payload?.transformToString() ?? '');
      if (FunctionError === undefined) {
        if (isRecord(answer) && typeof answer['refused'] === 'string')
          throw new PermanentError(answer['refused'], { because: 'answerRefused' });
        return answer;
      }
      const reason = isRecord(answer) ? String(answer['errorMessage']) : 'it gave no reason';
      throw new PermanentError(`The sweep ended in an error: ${reason}`);
    } catch (thrown) {
      if (isAwsException(thrown, ResourceNotFoundException)) throw notDeployed(sweepFunction, thrown);
      throw thrown;
    } finally {
      lambda.destroy();
    }
  });

const hasFunction = ({ sweepFunction }: StackNames, abortSignal: AbortSignal): Promise<boolean> =>
  tried(`looking for the function ${sweepFunction}`, async () => {
    const lambda = new LambdaClient({ region: stackRegion });
    try {
      return (await functionConfiguration(lambda, sweepFunction, abortSignal)) !== undefined;
    } finally {
      lambda.destroy();
    }
  });

/** Undefined if there is no such queue. */
const queueUrlOf = ({ sqs }: AwsClients, { queue }: StackNames, abortSignal: AbortSignal) =>
  tried(`looking for the queue ${queue}`, async () => {
    try {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }), { abortSignal });
      return QueueUrl;
    } catch (thrown) {
      if (thrown instanceof QueueDoesNotExist) return undefined;
      throw thrown;
    }
  });

const messageCounts = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

interface StackRule {
  readonly rule: string;
  /** @default the default bus */
  readonly bus?: string;
}

export interface StackOptions {
  readonly stage: string;
  /** Other accounts forward their events to a bus of the stack. */
  readonly hasMembers: boolean;
}
