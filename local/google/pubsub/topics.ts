import { invalid } from '../errors.ts';
import type { LocalPolicy } from '../policies.ts';
import { policyCell } from '../policy-cell.ts';
import type { PolicyResource } from '../policy-methods.ts';
import type { Project } from '../projects.ts';
import { checkGrantable } from '../roles/grantable.ts';
import type { Surroundings } from '../surroundings.ts';

export type Topic = PolicyResource & { readonly project: Project };

export type Subscription = PolicyResource & {
  readonly topic: string;
  /** Messages that were not acknowledged, by their acknowledgement ids. */
  readonly waiting: Map<string, Message>;
};

export interface Message {
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly publishTime: string;
}

export interface PubSub {
  readonly addTopic: (project: string, id: string) => Topic;
  /** Receives every later message of a topic of the same project. */
  readonly addSubscription: (project: string, id: string, topic: string) => Subscription;
  /** A topic or a subscription, by its name. @throws Error if there is none. */
  readonly resource: (name: string) => PolicyResource;
  readonly remove: (name: string) => void;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

export const createPubSub = ({ rules, projects, customRoles }: Surroundings): PubSub => {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription>();
  const add = (project: Project, name: string, kind: 'topic' | 'subscription') => ({
    name,
    parent: project,
    policy: policyCell({}, rules, {
      check: (policy) => {
        checkUnconditional(policy, kind, name);
        checkGrantable(policy, kind, customRoles);
      },
    }),
  });
  return {
    topics,
    subscriptions,
    addTopic: (projectId, id) => {
      const project = projects.ensure(projectId);
      const topic = { ...add(project, `${project.name}/topics/${id}`, 'topic'), project };
      topics.set(topic.name, topic);
      return topic;
    },
    addSubscription: (projectId, id, topic) => {
      const project = projects.ensure(projectId);
      const name = `${project.name}/subscriptions/${id}`;
      const subscription: Subscription = {
        ...add(project, name, 'subscription'),
        topic: `${project.name}/topics/${topic}`,
        waiting: new Map(),
      };
      subscriptions.set(name, subscription);
      return subscription;
    },
    resource: (name) => {
      const found = topics.get(name) ?? subscriptions.get(name);
      if (found === undefined) throw new Error(`the local world has no topic or subscription ${name}`);
      return found;
    },
    remove: (name) => {
      topics.delete(name);
      subscriptions.delete(name);
    },
  };
};

/**
 * Pub/Sub is not among https://cloud.google.com/iam/docs/resource-types-with-conditional-roles. The text is that of a BigQuery table
 * (https://github.com/pulumi/pulumi-gcp/issues/699); no page shows Pub/Sub's.
 */
const checkUnconditional = (
  { bindings = [] }: LocalPolicy,
  kind: 'topic' | 'subscription',
  name: string,
): void => {
  if (bindings.some(({ condition }) => condition !== undefined))
    throw invalid(`Can't set conditional policy on policy type: pubsub_${kind}s and id: /${name}`);
};
