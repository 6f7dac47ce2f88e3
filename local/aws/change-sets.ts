import { AwsError, type Input, text } from './call.ts';
import type { Clock } from './clock.ts';
import { plannedChange } from './planned-change.ts';
import type { S3 } from './s3.ts';
import type { StackOperations } from './stack-operations.ts';
import { changeSetShape } from './stack-shapes.ts';
import { type ChangeSet, type LocalStack, type Stacks, validationError } from './stacks.ts';

export interface ChangeSetsOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly s3: S3;
  readonly stacks: Stacks;
  readonly operations: StackOperations;
}

/** CloudFormation's change sets. They are ready immediately, where AWS takes its time. */
export const createChangeSets = ({ accountId, clock, s3, stacks, operations }: ChangeSetsOptions) => {
  const find = (input: Input): LocalStack => {
    const name = text(input, 'StackName');
    const stack = stacks.get(name);
    if (stack === undefined) throw validationError(`Stack [${name}] does not exist`);
    return stack;
  };
  const changeSetOf = (stack: LocalStack, input: Input): ChangeSet => {
    const name = text(input, 'ChangeSetName');
    const found = [...stack.changeSets.values()].find((one) => one.name === name || one.id === name);
    if (found === undefined)
      throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
    return found;
  };
  const stackFor = (input: Input): LocalStack => {
    const [stackName, name] = [text(input, 'StackName'), text(input, 'ChangeSetName')];
    if (text(input, 'ChangeSetType') !== 'CREATE') return find(input);
    const existing = stacks.get(stackName);
    if (existing !== undefined && existing.status !== 'REVIEW_IN_PROGRESS')
      throw validationError(
        `Stack [${stackName}] already exists and cannot be created with the changeSet [${name}].`,
      );
    if (existing !== undefined) return existing;
    const made = stacks.create(stackName);
    stacks.happened(made, 'REVIEW_IN_PROGRESS', { reason: 'User Initiated' });
    return made;
  };
  const create = (input: Input) => {
    // A refused template leaves no stack behind.
    const place = { accountId, now: clock.now, s3 };
    const changeSet = plannedChange(place, stacks.get(text(input, 'StackName')), input);
    const stack = stackFor(input);
    operations.assertIdle(stack);
    const name = text(input, 'ChangeSetName');
    if (stack.changeSets.has(name))
      throw new AwsError(
        'AlreadyExistsException',
        `ChangeSet ${name} cannot be created due to a mismatch with existing attribute ChangeSetName`,
      );
    stack.changeSets.set(name, changeSet);
    return { Id: changeSet.id, StackId: stack.id };
  };
  const execute = (input: Input) => {
    const stack = find(input);
    const changeSet = changeSetOf(stack, input);
    if (changeSet.failure !== undefined)
      throw new AwsError(
        'InvalidChangeSetStatus',
        `ChangeSet [${changeSet.id}] cannot be executed in its current status of [FAILED]`,
      );
    // An executed change set leaves none behind: they were made for the previous template.
    stack.changeSets.clear();
    operations.execute(stack, changeSet);
    return {};
  };
  return {
    perform: (action: string, input: Input): unknown => {
      switch (action) {
        case 'CreateChangeSet':
          return create(input);
        case 'DescribeChangeSet': {
          const stack = find(input);
          return changeSetShape(stack, changeSetOf(stack, input));
        }
        case 'ExecuteChangeSet':
          return execute(input);
        case 'DeleteChangeSet':
          // Succeeds if there is no such change set.
          find(input).changeSets.delete(text(input, 'ChangeSetName'));
          return {};
        default:
          throw new AwsError('InvalidAction', `The stand-in does not know cloudformation:${action}.`);
      }
    },
  };
};
