import type { RuleTarget } from '../aws/event-bus.ts';
import type { AwsWorld } from '../aws/world.ts';
import { fields, items, resourcesOf, type Template } from './template.ts';

/**
 * The targets of the template's rules that are buses. As in AWS, they exist only if the bus and the role admit them now.
 * @throws AwsError AccessDeniedException
 */
export const busTargetsOf = async (
  { busTarget }: Pick<AwsWorld, 'busTarget'>,
  template: Template,
): Promise<readonly RuleTarget[]> => {
  const found: RuleTarget[] = [];
  for (const { logicalId, properties } of resourcesOf(template, 'AWS::Events::Rule'))
    for (const target of items(properties['Targets'])) {
      const { Id, Arn, RoleArn } = fields(target);
      if (!String(Arn).includes(':event-bus/')) continue;
      if (RoleArn === undefined)
        throw new Error(`the rule ${logicalId} has a target that is a bus, without a RoleArn`);
      found.push(await busTarget({ id: String(Id), arn: String(Arn), roleArn: String(RoleArn) }));
    }
  return found;
};
