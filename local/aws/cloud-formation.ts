import { AwsError, type Input, text } from './call.ts';
import { createChangeSets } from './change-sets.ts';
import type { Clock } from './clock.ts';
import { plannedChange } from './planned-change.ts';
import type { S3 } from './s3.ts';
import { runStacks } from './stack-operations.ts';
import { eventsShape, resourceShape, stackShape } from './stack-shapes.ts';
import { capabilitiesOf, parseTemplate, templateIn } from './stack-template.ts';
import {
  createStacks,
  type LocalStack,
  type Provisioner,
  type StackResource,
  validationError,
} from './stacks.ts';

export interface CloudFormation {
  readonly perform: (action: string, input: Input) => unknown;
  /** The stack of this name; undefined if there is none, or it was deleted. */
  readonly stack: (name: string) => LocalStack | undefined;
  /** Lets clients deploy stacks. Without a provisioner, only the resources of a stack that already runs can be listed. */
  readonly provisionWith: (provisioner: Provisioner) => void;
}

export interface CloudFormationOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly s3: S3;
  /** Resources of a stack that the runner started without CloudFormation. */
  readonly running: readonly StackResource[];
}

export const createCloudFormation = ({ accountId, clock, s3, running }: CloudFormationOptions) => {
  const stacks = createStacks(accountId, clock);
  let provisioner: Provisioner | undefined;
  const operations = runStacks(stacks, () => {
    if (provisioner === undefined) throw new AwsError('InternalFailure', 'Nothing here runs stacks.', 500);
    return provisioner;
  });
  const changeSets = createChangeSets({ accountId, clock, s3, stacks, operations });
  const find = (
    input: Input,
    message = (name: string) => `Stack with id ${name} does not exist`,
  ): LocalStack => {
    const name = text(input, 'StackName');
    const stack = stacks.get(name);
    if (stack === undefined) throw validationError(message(name));
    return stack;
  };
  const resourceOf = (input: Input) => {
    const stack = find(input, (name) => `Stack '${name}' does not exist`);
    const logicalId = text(input, 'LogicalResourceId');
    const resource = stack.deployed.resources.find((one) => one.logicalId === logicalId);
    if (resource === undefined)
      throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`);
    return {
      StackResourceDetail: { ...resourceShape(stack, resource), StackName: stack.name, StackId: stack.id },
    };
  };
  const listResources = (input: Input) => {
    if (provisioner === undefined && running.length > 0)
      return { StackResourceSummaries: running.map((resource) => resourceShape(undefined, resource)) };
    const stack = find(input);
    return {
      StackResourceSummaries: stack.deployed.resources.map((resource) => resourceShape(stack, resource)),
    };
  };
  const place = { accountId, now: clock.now, s3 };
  const create = (input: Input) => {
    const name = text(input, 'StackName');
    if (stacks.get(name) !== undefined)
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
    const change = plannedChange(place, undefined, input);
    const stack = stacks.create(name);
    operations.execute(stack, change);
    return { StackId: stack.id };
  };
  const update = (input: Input) => {
    const stack = find(input, (name) => `Stack [${name}] does not exist`);
    operations.assertIdle(stack);
    const change = plannedChange(place, stack, input);
    if (change.failure !== undefined) throw validationError('No updates are to be performed.');
    operations.execute(stack, change);
    return { StackId: stack.id };
  };
  const cloudFormation: CloudFormation = {
    provisionWith: (given) => {
      provisioner = given;
    },
    stack: (name) => stacks.get(name),
    perform: (action, input) => {
      switch (action) {
        case 'ListStackResources':
          return listResources(input);
        case 'DescribeStacks': {
          const named = text(input, 'StackName') !== '';
          const live = stacks.all().filter(({ status }) => status !== 'DELETE_COMPLETE');
          return { Stacks: (named ? [find(input)] : live).map(stackShape) };
        }
        case 'DescribeStackResource':
          return resourceOf(input);
        case 'DescribeStackEvents':
          return eventsShape(
            find(input, (name) => `Stack [${name}] does not exist`),
            text(input, 'NextToken'),
          );
        case 'ValidateTemplate': {
          const template = parseTemplate(templateIn(input, s3));
          return {
            Description: template.description,
            Capabilities: capabilitiesOf(template),
            Parameters: [...template.parameters].map(([name, { defaultValue, description }]) => ({
              ParameterKey: name,
              DefaultValue: defaultValue,
              NoEcho: false,
              Description: description,
            })),
          };
        }
        case 'GetTemplateSummary': {
          const isStack = text(input, 'StackName') !== '';
          const template = parseTemplate(isStack ? (find(input).template ?? '') : templateIn(input, s3));
          return {
            Description: template.description,
            Capabilities: capabilitiesOf(template),
            Parameters: [...template.parameters].map(([name, { type, defaultValue, description }]) => ({
              ParameterKey: name,
              ParameterType: type,
              DefaultValue: defaultValue,
              NoEcho: false,
              Description: description,
            })),
            ResourceTypes: [...new Set([...template.resources.values()].map(({ type }) => type))],
          };
        }
        case 'CreateStack':
          return create(input);
        case 'UpdateStack':
          return update(input);
        case 'DeleteStack':
          operations.remove(stacks.get(text(input, 'StackName')));
          return {};
        default:
          return changeSets.perform(action, input);
      }
    },
  };
  return cloudFormation;
};
