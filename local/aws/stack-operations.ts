import { type ChangeSet, type LocalStack, type Provisioner, type Stacks, validationError } from './stacks.ts';

/** Operations on a stack. Clients see the outcome in its events, as they do in AWS. */
export interface StackOperations {
  /** @throws AwsError ValidationError while another operation runs */
  readonly assertIdle: (stack: LocalStack) => void;
  readonly execute: (stack: LocalStack, changeSet: ChangeSet) => void;
  /** A stack that does not exist counts as removed. */
  readonly remove: (stack: LocalStack | undefined) => void;
}

export const runStacks = (stacks: Stacks, provisioner: () => Provisioner): StackOperations => {
  const { happened } = stacks;
  const apply = async (
    stack: LocalStack,
    { template, changes, tags, parameters }: ChangeSet,
  ): Promise<void> => {
    const kind = stack.template === undefined ? 'CREATE' : 'UPDATE';
    happened(stack, `${kind}_IN_PROGRESS`, { reason: 'User Initiated' });
    try {
      const deployed = await provisioner().apply(stack.name, template, parameters);
      const before = stack.deployed.resources;
      Object.assign(stack, { template, deployed, tags, parameters });
      for (const { action, logicalId } of changes) {
        const resource = [...deployed.resources, ...before].find((one) => one.logicalId === logicalId);
        if (resource !== undefined) happened(stack, resourceStatuses[action], { resource });
      }
      if (kind === 'UPDATE') happened(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      happened(stack, `${kind}_COMPLETE`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const rollback = kind === 'CREATE' ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
      happened(stack, `${rollback}_IN_PROGRESS`, { reason });
      happened(stack, `${rollback}_COMPLETE`);
    }
  };
  const remove = async (stack: LocalStack): Promise<void> => {
    happened(stack, 'DELETE_IN_PROGRESS', { reason: 'User Initiated' });
    try {
      const kept = new Set((await provisioner().remove(stack.name)).map(({ logicalId }) => logicalId));
      for (const resource of stack.deployed.resources)
        happened(stack, kept.has(resource.logicalId) ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE', { resource });
      happened(stack, 'DELETE_COMPLETE');
    } catch (error) {
      happened(stack, 'DELETE_FAILED', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const assertIdle = (stack: LocalStack): void => {
    const { id, status } = stack;
    if (!settled.has(status))
      throw validationError(`Stack:${id} is in ${status} state and can not be updated.`);
  };
  return {
    assertIdle,
    execute: (stack, changeSet) => {
      assertIdle(stack);
      void apply(stack, changeSet);
    },
    remove: (stack) => {
      if (stack === undefined || stack.status === 'DELETE_COMPLETE') return;
      if (stack.status === 'DELETE_IN_PROGRESS') return;
      void remove(stack);
    },
  };
};

const resourceStatuses = {
  Add: 'CREATE_COMPLETE',
  Modify: 'UPDATE_COMPLETE',
  Remove: 'DELETE_COMPLETE',
} as const;

/** The states from which a stack can be changed. After ROLLBACK_COMPLETE it can only be deleted. */
const settled: ReadonlySet<string> = new Set([
  'REVIEW_IN_PROGRESS',
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
]);
