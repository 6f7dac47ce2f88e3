import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  type EventBridgeClient,
  ListTargetsByRuleCommand,
  ResourceNotFoundException,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { RetryableError } from '../../../core/errors.ts';
import type { AwsView, EventSource } from '../../../doctor/ports.ts';
import { itemsOf } from '../../items.ts';
import type { AwsClients } from '../clients.ts';
import { isAwsException, tried } from '../failure.ts';
import { functionConfiguration } from '../function-configuration.ts';
import { pagesOf } from '../pages-of.ts';
import type { ViewClients } from './clients.ts';

const absent = { kind: 'absent' } as const;
type Deployed = Pick<
  AwsView,
  'functionState' | 'rule' | 'bus' | 'busRule' | 'isMatch' | 'eventSources' | 'queue'
>;

/** Reads the resources that `serverless deploy` creates, by name. */
export const deployedView = (
  clients: AwsClients,
  { lambda }: ViewClients,
  abortSignal: AbortSignal,
): Deployed => ({
  functionState: (name) =>
    tried(`reading the function ${name}`, async () => {
      const found = await functionConfiguration(lambda, name, abortSignal);
      if (found === undefined) return absent;
      const { State, LastUpdateStatus, StateReason, LastUpdateStatusReason, Role } = found;
      return {
        kind: 'there',
        state: State ?? 'Active',
        lastUpdate: LastUpdateStatus ?? 'Successful',
        reason: StateReason ?? LastUpdateStatusReason ?? '',
        roleArn: Role ?? '',
      };
    }),
  rule: ruleView(clients.events, abortSignal),
  busRule: (bus, name) => ruleView(clients.events, abortSignal, bus)(name),
  bus: (name) =>
    tried(`reading the event bus ${name}`, async () => {
      try {
        const { Arn = '', Policy = '' } = await clients.events.send(
          new DescribeEventBusCommand({ Name: name }),
          {
            abortSignal,
          },
        );
        return { kind: 'there', arn: Arn, policy: Policy };
      } catch (thrown) {
        if (isAwsException(thrown, ResourceNotFoundException)) return absent;
        throw thrown;
      }
    }),
  isMatch: (pattern, event) =>
    tried('testing an event pattern', async () => {
      const { Result } = await clients.events.send(
        new TestEventPatternCommand({ EventPattern: pattern, Event: JSON.stringify(event) }),
        { abortSignal },
      );
      return Result === true;
    }),
  eventSources: async (functionName) => {
    const pages = pagesOf(`listing the event source mappings of ${functionName}`, {
      read: (Marker) =>
        lambda.send(new ListEventSourceMappingsCommand({ FunctionName: functionName, Marker }), {
          abortSignal,
        }),
      nextOf: ({ NextMarker }) => NextMarker,
    });
    const sources: EventSource[] = [];
    for await (const { EventSourceMappings } of pages)
      for (const { UUID, EventSourceArn = '', State = '' } of itemsOf(
        'the event source mappings',
        EventSourceMappings,
        ['UUID'],
      ))
        sources.push({ id: UUID, queueArn: EventSourceArn, state: State });
    return sources;
  },
  queue: (name) =>
    tried(`reading the queue ${name}`, async () => {
      try {
        return await readQueue(clients, name, abortSignal);
      } catch (thrown) {
        if (thrown instanceof QueueDoesNotExist) return absent;
        throw thrown;
      }
    }),
});

/** Reads rules of a bus. @default the account's default bus */
export const ruleView =
  (events: EventBridgeClient, abortSignal: AbortSignal, bus?: string): AwsView['rule'] =>
  (name) =>
    tried(`reading the rule ${name}`, async () => {
      try {
        return await readRule(events, { Name: name, EventBusName: bus }, abortSignal);
      } catch (thrown) {
        if (isAwsException(thrown, ResourceNotFoundException)) return absent;
        throw thrown;
      }
    });

const readRule = async (
  events: EventBridgeClient,
  rule: { readonly Name: string; readonly EventBusName: string | undefined },
  abortSignal: AbortSignal,
) => {
  const {
    State,
    EventPattern = '',
    ScheduleExpression = '',
  } = await events.send(new DescribeRuleCommand(rule), { abortSignal });
  const { Targets: listed } = await events.send(
    new ListTargetsByRuleCommand({ Rule: rule.Name, EventBusName: rule.EventBusName }),
    { abortSignal },
  );
  const targets = itemsOf(`the targets of rule ${rule.Name}`, listed, ['Arn']);
  return {
    kind: 'there',
    // There is more than one enabled state.
    isEnabled: State?.startsWith('ENABLED') === true,
    pattern: EventPattern,
    schedule: ScheduleExpression,
    targets: targets.map(({ Arn }) => Arn),
    targetRoles: new Map(
      targets.flatMap(({ Arn, RoleArn }) => (RoleArn === undefined ? [] : [[Arn, RoleArn] as const])),
    ),
  } as const;
};

const readQueue = async ({ sqs }: AwsClients, name: string, abortSignal: AbortSignal) => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal });
  const { Attributes: { QueueArn, ApproximateNumberOfMessages } = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'] }),
    { abortSignal },
  );
  if (QueueArn === undefined || ApproximateNumberOfMessages === undefined)
    throw new RetryableError(`SQS's answer about the queue ${name} is incomplete.`);
  return { kind: 'there', arn: QueueArn, waiting: Number(ApproximateNumberOfMessages) } as const;
};
