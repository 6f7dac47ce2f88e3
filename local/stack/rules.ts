import { randomUUID } from 'node:crypto';
import type { AwsWorld } from '../aws/world.ts';
import type { Asynchronous } from './asynchronous.ts';
import { isNamed, type LocalFunction } from './functions.ts';
import { queueOf } from './queues.ts';
import { fields, items, type Json, type Resource, resourcesOf, type Template } from './template.ts';

export interface RulesOptions {
  readonly aws: AwsWorld;
  readonly template: Template;
  readonly functions: readonly LocalFunction[];
  readonly asynchronous: Asynchronous;
}

export interface Rules {
  /** Fires every enabled schedule once; resolves when the functions that it started have ended. */
  readonly tick: () => Promise<void>;
}

/** Resolves when what it started has ended. */
type Target = (event: unknown) => Promise<void>;

const mayStart = (template: Template, rule: Resource, target: LocalFunction): boolean =>
  resourcesOf(template, 'AWS::Lambda::Permission').some(
    ({ properties }) =>
      properties['Principal'] === 'events.amazonaws.com' &&
      properties['Action'] === 'lambda:InvokeFunction' &&
      isNamed(target, properties['FunctionName']) &&
      (properties['SourceArn'] ?? rule.arn) === rule.arn,
  );

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const scheduledEvent = (rule: Resource, account: string) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region: 'us-east-1',
  resources: [rule.arn],
  detail: {},
});

/** Wires the template's rules to their queues and functions. */
export const createRules = ({ aws, template, functions, asynchronous }: RulesOptions): Rules => {
  const toTarget =
    (rule: Resource) =>
    (target: Json): Target => {
      const { Arn, Input } = fields(target);
      const payload = (event: unknown): unknown =>
        Input === undefined ? event : (JSON.parse(String(Input)) as unknown);
      if (String(Arn).startsWith('arn:aws:sqs:')) {
        const queue = queueOf(aws, Arn);
        return async (event) => void queue.send(JSON.stringify(payload(event)));
      }
      const found = functions.find((one) => isNamed(one, Arn));
      if (found === undefined)
        throw new Error(
          `the rule ${rule.logicalId} has a target that is no queue and no function of the stack`,
        );
      // EventBridge would drop its events without a word.
      if (!mayStart(template, rule, found))
        throw new Error(
          `the rule ${rule.logicalId} may not start the function ${found.key}: the template holds no AWS::Lambda::Permission for it`,
        );
      return (event) => asynchronous.start(found, payload(event));
    };
  const rules = resourcesOf(template, 'AWS::Events::Rule')
    .filter(({ properties }) => properties['State'] !== 'DISABLED')
    .map((rule) => ({ rule, targets: items(rule.properties['Targets']).map(toTarget(rule)) }));

  for (const { rule, targets } of rules) {
    const pattern = rule.properties['EventPattern'];
    if (pattern === undefined) continue;
    aws.bus.addRule({
      name: rule.physicalId,
      pattern,
      targets: targets.map((target) => (event) => void target(event)),
    });
  }
  return {
    tick: async () => {
      const started = rules
        .filter(({ rule }) => rule.properties['ScheduleExpression'] !== undefined)
        .flatMap(({ rule, targets }) => {
          const event = scheduledEvent(rule, aws.accountId);
          return targets.map((target) => target(event));
        });
      await Promise.all(started);
    },
  };
};
