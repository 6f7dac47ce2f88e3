import { randomUUID } from 'node:crypto';
import { AwsError } from './call.ts';
import type { Clock } from './clock.ts';

/** A resource of a deployed stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** A template as it is deployed. */
export interface Deployed {
  readonly resources: readonly StackResource[];
  readonly outputs: readonly StackOutput[];
}

/** Runs what a template describes. The stack's runner is one. */
export interface Provisioner {
  /**
   * Creates the stack, or updates it to this template. Rejects with the reason if it cannot; then the previous template still
   * runs.
   */
  readonly apply: (stackName: string, template: string, parameters: Parameters) => Promise<Deployed>;
  /** Removes the stack, and returns the resources that stay because their DeletionPolicy retains them. */
  readonly remove: (stackName: string) => Promise<readonly StackResource[]>;
}

/** Values of a template's parameters. */
export type Parameters = Readonly<Record<string, string>>;

export interface StackEvent {
  readonly id: string;
  readonly resource: StackResource;
  readonly status: string;
  readonly reason?: string;
  readonly time: Date;
}

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly template: string;
  readonly changes: readonly ResourceChange[];
  readonly tags: Tags;
  readonly parameters: Parameters;
  /** Why the change set failed: it contains no change. */
  readonly failure?: string;
  readonly createdAt: Date;
}

export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
}

export type Tags = readonly { readonly Key: string; readonly Value: string }[];

export interface LocalStack {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly changeSets: Map<string, ChangeSet>;
  /** Oldest first. */
  readonly events: StackEvent[];
  status: string;
  /** The template that is deployed; undefined before the first change set was executed. */
  template: string | undefined;
  deployed: Deployed;
  tags: Tags;
  parameters: Parameters;
}

export interface Stacks {
  /** The stack with this name, or with this id even if it was deleted. */
  readonly get: (nameOrId: string) => LocalStack | undefined;
  readonly all: () => readonly LocalStack[];
  readonly create: (name: string) => LocalStack;
  /** Records an event of a resource or, by default, of the stack itself, whose status it then is. */
  readonly happened: (stack: LocalStack, status: string, of?: EventOf) => void;
}

export interface EventOf {
  readonly resource?: StackResource;
  readonly reason?: string;
}

export const createStacks = (accountId: string, clock: Clock): Stacks => {
  const stacks: LocalStack[] = [];
  return {
    all: () => stacks,
    get: (nameOrId) =>
      stacks.find(
        ({ id, name, status }) => id === nameOrId || (name === nameOrId && status !== 'DELETE_COMPLETE'),
      ),
    create: (name) => {
      const id = `arn:aws:cloudformation:us-east-1:${accountId}:stack/${name}/${randomUUID()}`;
      const stack: LocalStack = {
        id,
        name,
        createdAt: clock.now(),
        changeSets: new Map(),
        events: [],
        status: 'REVIEW_IN_PROGRESS',
        template: undefined,
        deployed: { resources: [], outputs: [] },
        tags: [],
        parameters: {},
      };
      stacks.push(stack);
      return stack;
    },
    happened: (stack, status, { resource, reason } = {}) => {
      const own = { logicalId: stack.name, physicalId: stack.id, type: 'AWS::CloudFormation::Stack' };
      if (resource === undefined) stack.status = status;
      stack.events.push({
        id: randomUUID(),
        resource: resource ?? own,
        status,
        ...(reason === undefined ? {} : { reason }),
        time: clock.now(),
      });
    },
  };
};

export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);
