import { randomUUID } from 'node:crypto';
import { busNameOf } from '../aws/buses.ts';
import {
  type BusEvent,
  isEnabled,
  type NewRule,
  type Rule,
  type RuleState,
  type RuleTarget,
} from '../aws/event-bus.ts';
import { compilePattern } from '../aws/event-pattern.ts';
import type { AwsWorld } from '../aws/world.ts';
import type { Asynchronous } from './asynchronous.ts';
import { isNamed, type LocalFunction } from './functions.ts';
import { type FailedDelivery, toQueue } from './rule-queues.ts';
import { fields, items, type Json, type Resource, resourcesOf, type Template } from './template.ts';
import { mayPublish, type Published, transform } from './topics.ts';

export interface RulesOptions {
  readonly aws: AwsWorld;
  readonly template: Template;
  readonly functions: readonly LocalFunction[];
  readonly asynchronous: Asynchronous;
  readonly onPublish: (published: Published) => void;
  readonly closedQueues: ReadonlySet<string>;
  readonly onFailure: (failed: FailedDelivery) => void;
  /** The targets that are buses, checked before. @default none */
  readonly busTargets?: readonly RuleTarget[];
}

export interface Rules {
  /** Fires every enabled schedule once. Resolves when the started functions have ended. */
  readonly tick: () => Promise<void>;
  /** Removes the rules from the bus. */
  readonly remove: () => void;
}

/** Connects the template's rules to their queues, topics and functions. */
export const createRules = (options: RulesOptions): Rules => {
  const { aws, template, functions, asynchronous, onPublish, closedQueues, onFailure } = options;
  const { busTargets = [] } = options;
  const toTarget =
    (rule: Resource) =>
    (target: Json): RuleTarget => {
      const { Id, Arn, Input, InputTransformer } = fields(target);
      const common = {
        id: String(Id),
        arn: String(Arn),
        ...(Input === undefined ? {} : { input: String(Input) }),
      };
      const payload = (event: unknown): unknown =>
        Input === undefined ? event : (JSON.parse(String(Input)) as unknown);
      if (String(Arn).startsWith('arn:aws:sqs:')) {
        const send = toQueue({ aws, template, rule, target, closed: closedQueues, onFailure });
        return { ...common, deliver: (event) => send(JSON.stringify(payload(event))) };
      }
      if (String(Arn).startsWith('arn:aws:sns:')) {
        const topicArn = String(Arn);
        // EventBridge would silently drop the events.
        if (!mayPublish(template, topicArn))
          throw new Error(`the rule ${rule.logicalId} may not publish to ${topicArn}`);
        const messageOf = (event: unknown): string =>
          InputTransformer === undefined
            ? JSON.stringify(payload(event))
            : transform(InputTransformer, event);
        return { ...common, deliver: (event) => onPublish({ topicArn, message: messageOf(event) }) };
      }
      const bus = busTargets.find(({ id, arn }) => id === Id && arn === Arn);
      if (bus !== undefined) return bus;
      const found = functions.find((candidate) => isNamed(candidate, Arn));
      if (found === undefined)
        throw new Error(
          `the rule ${rule.logicalId} has a target that is not a queue, topic or function of the stack`,
        );
      // EventBridge would silently drop the events.
      if (!mayStart(template, rule, found))
        throw new Error(
          `the rule ${rule.logicalId} may not start the function ${found.key}: the template has no AWS::Lambda::Permission for it`,
        );
      return { ...common, deliver: (event) => asynchronous.start(found, payload(event)) };
    };
  const rules = resourcesOf(template, 'AWS::Events::Rule').map((rule): NewRule => {
    const { EventPattern, ScheduleExpression, State, Description, Targets } = rule.properties;
    // CloudFormation does not see that someone disabled a rule beside the template.
    const { name: busName } = aws.bus.buses.get(busNameOf(String(rule.properties['EventBusName'] ?? '')));
    const name = rule.physicalId.split('|').at(-1) ?? '';
    const previous = aws.bus.rules().find((one) => one.name === name && one.busName === busName);
    return {
      name,
      busName,
      state: previous?.state ?? (String(State ?? 'ENABLED') as RuleState),
      targets: items(Targets).map(toTarget(rule)),
      ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
      ...(ScheduleExpression === undefined ? {} : { schedule: String(ScheduleExpression) }),
      ...(Description === undefined ? {} : { description: String(Description) }),
    };
  });
  // Add all rules or none.
  for (const { pattern } of rules) if (pattern !== undefined) compilePattern(pattern);
  const removals = rules.map(aws.bus.addRule);
  return {
    remove: () => removals.forEach((remove) => remove()),
    tick: async () => {
      const due = aws.bus.rules().filter((rule) => rule.schedule !== undefined && isEnabled(rule));
      const started = due.flatMap((rule) => {
        const event = scheduledEvent(rule, aws.accountId);
        return rule.targets.map(async ({ deliver }) => deliver(event));
      });
      await Promise.all(started);
    },
  };
};

const mayStart = (template: Template, rule: Resource, target: LocalFunction): boolean =>
  resourcesOf(template, 'AWS::Lambda::Permission').some(
    ({ properties }) =>
      properties['Principal'] === 'events.amazonaws.com' &&
      properties['Action'] === 'lambda:InvokeFunction' &&
      isNamed(target, properties['FunctionName']) &&
      (properties['SourceArn'] ?? rule.arn) === rule.arn,
  );

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const scheduledEvent = ({ name, region }: Rule, account: string): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region,
  resources: [`arn:aws:events:${region}:${account}:rule/${name}`],
  detail: {},
});
