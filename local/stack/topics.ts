import { fields, items, type Json, resourcesOf, type Template } from './template.ts';

/** A message that a rule of the stack published to a topic. */
export interface Published {
  readonly topicArn: string;
  readonly message: string;
}

/** A topic of the stack needs a statement for EventBridge, without a condition. Other topics' policies are not checked. */
export const mayPublish = (template: Template, topicArn: string): boolean => {
  const topics = resourcesOf(template, 'AWS::SNS::Topic');
  if (!topics.some(({ arn }) => arn === topicArn)) return true;
  return resourcesOf(template, 'AWS::SNS::TopicPolicy').some(
    ({ properties }) =>
      items(properties['Topics']).includes(topicArn) &&
      items(fields(properties['PolicyDocument'])['Statement']).some((statement) => {
        const { Effect, Principal, Action, Resource: resource, Condition } = fields(statement);
        return (
          Effect === 'Allow' &&
          fields(Principal)['Service'] === 'events.amazonaws.com' &&
          Action === 'sns:Publish' &&
          resource === topicArn &&
          // AWS: "You can't use of Condition blocks in Amazon SNS topic policies for EventBridge."
          Condition === undefined
        );
      }),
  );
};

/**
 * EventBridge's input transformer. Inside quotation marks a variable is inserted as text, outside as JSON. A variable that
 * the event lacks is left out. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const transform = (transformer: Json, event: unknown): string => {
  const { InputPathsMap, InputTemplate } = fields(transformer);
  const paths = fields(InputPathsMap);
  const template = String(InputTemplate);
  return template.replaceAll(/<([A-Za-z0-9_-]+)>/g, (_, name: string, offset: number) => {
    const value = at(event, String(paths[name] ?? '$.nothing'));
    const marks = template.slice(0, offset).match(/(?<!\\)"/g) ?? [];
    if (marks.length % 2 === 0) return JSON.stringify(value) ?? '';
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  });
};

/** The value at a path such as `$.detail.role.roleName`, or undefined. */
const at = (event: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, field) => Reflect.get(Object(value), field), event);
