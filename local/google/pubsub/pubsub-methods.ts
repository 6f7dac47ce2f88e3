import type { Caller } from '../access.ts';
import { type Api, commonApi } from '../api.ts';
import { GoogleError, invalid, notFound } from '../errors.ts';
import { type Fields, fieldsOf, type Method, type MethodRequest, textOf } from '../method.ts';
import { type PolicyResource, policyMethods } from '../policy-methods.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Message, PubSub, Subscription, Topic } from './topics.ts';

/** Pub/Sub's REST API: https://cloud.google.com/pubsub/docs/reference/rest */
export const pubsubMethods = (
  { topics, subscriptions }: PubSub,
  { projects, access, now }: Surroundings,
): readonly Method[] => {
  /** Google reveals that a resource does not exist only to a caller who has the permission on its project. */
  const finder =
    <T extends PolicyResource>(all: ReadonlyMap<string, T>, kind: string) =>
    ({ project = '', id = '' }: MethodRequest['path'], permission: string, caller: Caller): T => {
      const parent = projects.find(project);
      const found = all.get(`${parent?.name}/${kind}/${id}`);
      if (found !== undefined) return found;
      throw parent !== undefined && access.holds(caller, permission, parent)
        ? notFound(`Resource not found (resource=${id}).`)
        : notAuthorized();
    };
  const pathOf = (kind: string) => `projects/(?<project>[^/]+)/${kind}/(?<id>[^/:]+)`;
  const getTopic = finder(topics, 'topics');
  const getSubscription = finder(subscriptions, 'subscriptions');
  const action = <T extends PolicyResource>(
    name: string,
    kind: string,
    permission: string,
    get: (path: MethodRequest['path'], permission: string, caller: Caller) => T,
    perform: (on: T, body: Fields) => unknown,
  ): Method => ({
    name: `pubsub.${kind}.${name}`,
    http: 'POST',
    path: new RegExp(`^/v1/(?<resource>${pathOf(kind)}):${name}$`),
    permission,
    api: pubsubApi,
    prepare: ({ path, body, caller }) => {
      const on = get(path, permission, caller);
      return { on, perform: () => perform(on, body) };
    },
  });
  let published = 0;
  const publish = (topic: Topic, body: Fields) => {
    const sent = listOf(body['messages']).map(fieldsOf);
    if (sent.length === 0) throw invalid('The request contains no messages.');
    const messages = sent.map(({ data, attributes }): Message => {
      published += 1;
      return {
        ...(data === undefined ? {} : { data: textOf(data) }),
        ...(attributes === undefined ? {} : { attributes: attributes as Readonly<Record<string, string>> }),
        messageId: String(published),
        publishTime: now().toISOString(),
      };
    });
    for (const { topic: name, waiting } of subscriptions.values())
      if (name === topic.name)
        for (const message of messages) waiting.set(`ack-${message.messageId}`, message);
    return { messageIds: messages.map(({ messageId }) => messageId) };
  };

  const common = { api: pubsubApi, access };
  const inTopics = { ...common, prefix: 'pubsub.topics', path: pathOf('topics'), get: getTopic };
  const inSubscriptions = {
    ...common,
    prefix: 'pubsub.subscriptions',
    path: pathOf('subscriptions'),
    get: getSubscription,
  };
  const consume = 'pubsub.subscriptions.consume';
  return [
    ...policyMethods(inTopics, ({ name }) => ({ name })),
    ...policyMethods(inSubscriptions, ({ name, topic }) => ({ name, topic, state: 'ACTIVE' })),
    action('publish', 'topics', 'pubsub.topics.publish', getTopic, publish),
    action('pull', 'subscriptions', consume, getSubscription, pull),
    action('acknowledge', 'subscriptions', consume, getSubscription, ({ waiting }, { ackIds }) => {
      for (const id of listOf(ackIds)) waiting.delete(textOf(id));
      return {};
    }),
  ];
};

/** Pub/Sub names neither the permission nor the resource. */
const notAuthorized = (): GoogleError =>
  new GoogleError(403, 'PERMISSION_DENIED', 'User not authorized to perform this action.');

const pubsubApi: Api = { ...commonApi, denied: notAuthorized };

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Messages that are not acknowledged come again with the next pull: deadlines are not kept. */
const pull = ({ waiting }: Subscription, { maxMessages }: Fields) => {
  const asked = Number(maxMessages ?? 0);
  if (!(asked > 0)) throw invalid('max_messages must be greater than 0.');
  const receivedMessages = [...waiting].slice(0, asked).map(([ackId, message]) => ({ ackId, message }));
  return receivedMessages.length === 0 ? {} : { receivedMessages };
};
