import type { AwsWorld } from '../aws/world.ts';
import { queueOf } from './queues.ts';
import { fields, items, type Json, type Resource, resourcesOf, type Template } from './template.ts';

/** EventBridge's metrics of failed deliveries. */
export type RuleMetric = 'FailedInvocations' | 'InvocationsSentToDlq' | 'InvocationsFailedToBeSentToDlq';

export interface FailedDelivery {
  readonly rule: string;
  readonly metric: RuleMetric;
}

export interface QueueTarget {
  readonly aws: AwsWorld;
  readonly template: Template;
  readonly rule: Resource;
  readonly target: Json;
  /** ARNs of queues that refuse messages from EventBridge, even if their policy allows them. */
  readonly closed: ReadonlySet<string>;
  readonly onFailure: (failed: FailedDelivery) => void;
}

/**
 * Delivers to a queue. If the queue refuses, the message goes to the target's dead-letter queue immediately, as EventBridge
 * does if a permission is missing. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export const toQueue = ({ aws, template, rule, target, closed, onFailure }: QueueTarget) => {
  const { Arn, DeadLetterConfig } = fields(target);
  const deadLetters = fields(DeadLetterConfig)['Arn'];
  const isOpen = (arn: Json | undefined): boolean =>
    !closed.has(String(arn)) && maySend(template, String(arn), rule.arn);
  const failed = (metric: RuleMetric): void => onFailure({ rule: rule.physicalId, metric });
  return (body: string): void => {
    if (isOpen(Arn)) return void queueOf(aws, Arn).send(body);
    failed('FailedInvocations');
    if (deadLetters === undefined) return undefined;
    if (!isOpen(deadLetters)) return failed('InvocationsFailedToBeSentToDlq');
    failed('InvocationsSentToDlq');
    return void queueOf(aws, deadLetters).send(body);
  };
};

/** EventBridge sends to a queue in its own name, so only the queue's policy can allow it. */
const maySend = (template: Template, queueArn: string, ruleArn: string): boolean => {
  const queue = resourcesOf(template, 'AWS::SQS::Queue').find(({ arn }) => arn === queueArn);
  return resourcesOf(template, 'AWS::SQS::QueuePolicy').some(
    ({ properties }) =>
      items(properties['Queues']).includes(queue?.physicalId ?? null) &&
      items(fields(properties['PolicyDocument'])['Statement']).some((statement) => {
        const { Effect, Principal, Action, Resource: resource, Condition } = fields(statement);
        const sources = fields(fields(Condition)['ArnEquals'])['aws:SourceArn'];
        return (
          Effect === 'Allow' &&
          fields(Principal)['Service'] === 'events.amazonaws.com' &&
          texts(Action).includes('sqs:SendMessage') &&
          resource === queueArn &&
          (Condition === undefined || texts(sources).includes(ruleArn))
        );
      }),
  );
};

const texts = (value: Json | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : items(value)).map(String);
