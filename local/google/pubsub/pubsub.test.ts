import { pubsub } from 'googleapis/build/src/apis/pubsub/index.js';
import { setMember } from '../../google-side.ts';
import { type Harness, memberOf, startHarness } from '../../testing/google-harness.ts';

const member = memberOf('reports');
const topic = 'projects/acme-data/topics/orders';
const subscription = 'projects/acme-data/subscriptions/orders-in';
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
  world.google.pubsub.addTopic('acme-data', 'orders');
  world.google.pubsub.addSubscription('acme-data', 'orders-in', 'orders');
});
afterEach(() => world.close());

const clientWith = (auth: object) =>
  pubsub({
    version: 'v1',
    rootUrl: `${world.google.url}/`,
    retry: false,
    validateStatus: () => true,
    ...auth,
  }).projects;
const admin = () => clientWith({ headers: { authorization: `Bearer ${world.google.adminToken}` } });
const federated = () => clientWith({ auth: world.awsClient() as never });
const policy = (name: string) => world.google.pubsub.resource(name).policy;
const messages = [
  { data: Buffer.from('order 1').toString('base64'), attributes: { kind: 'new' } },
  { data: '' },
];
const denied = {
  error: { code: 403, status: 'PERMISSION_DENIED', message: 'User not authorized to perform this action.' },
};

it('a federated token publishes, pulls and acknowledges while the policies name its role', async () => {
  const { topics, subscriptions } = federated();
  const publish = () => topics.publish({ topic, requestBody: { messages } });
  const pull = () => subscriptions.pull({ subscription, requestBody: { maxMessages: 10 } });
  expect((await publish()).data).toEqual(denied);
  setMember(policy(topic), 'roles/pubsub.publisher', member);
  expect((await publish()).data).toEqual({ messageIds: ['1', '2'] });
  expect((await pull()).data).toEqual(denied);
  setMember(policy(subscription), 'roles/pubsub.subscriber', member);
  const { receivedMessages = [] } = (await pull()).data;
  expect(receivedMessages).toMatchObject([
    { ackId: 'ack-1', message: { ...messages[0], messageId: '1' } },
    { ackId: 'ack-2' },
  ]);
  expect((await pull()).data.receivedMessages).toHaveLength(2);
  const ackIds = receivedMessages.map(({ ackId }) => ackId ?? '');
  expect((await subscriptions.acknowledge({ subscription, requestBody: { ackIds } })).status).toBe(200);
  expect((await pull()).data).toEqual({});
  setMember(policy(topic), 'roles/pubsub.publisher', member, false);
  expect((await publish()).data).toEqual(denied);
  expect(world.google.calls.filter(({ method }) => method === 'sts.token')).toHaveLength(1);
});

it('refuses requests without messages or without a number of messages', async () => {
  const { topics, subscriptions } = admin();
  expect((await topics.publish({ topic, requestBody: { messages: [] } })).status).toBe(400);
  expect((await subscriptions.pull({ subscription, requestBody: {} })).status).toBe(400);
});

describe.each([
  ['topics', topic, 'roles/pubsub.publisher'],
  ['subscriptions', subscription, 'roles/pubsub.subscriber'],
] as const)('the policy of %s', (kind, resource, role) => {
  const bindings = [{ role, members: [member] }];
  const read = (client = admin(), version = 3) =>
    client[kind].getIamPolicy({ resource, 'options.requestedPolicyVersion': version });
  const write = (body: object, client = admin()) =>
    client[kind].setIamPolicy({ resource, requestBody: { policy: body } });

  it('starts empty, answers 409 for a stale etag, and an empty one always wins', async () => {
    const { data } = await read();
    expect(data).toEqual({ etag: 'ACAB' });
    expect((await write({ bindings, etag: data.etag })).data).toMatchObject({ version: 1, bindings });
    const stale = await write({ bindings: [], etag: data.etag });
    expect([stale.status, stale.data]).toEqual([
      409,
      { error: expect.objectContaining({ status: 'ABORTED' }) },
    ]);
    expect((await write({ bindings: [], etag: '' })).status).toBe(200);
  });

  it('accepts no conditions, and only roles of its kind', async () => {
    const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const conditional = await write({ version: 3, bindings: [{ role, members: [member], condition }] });
    expect([conditional.status, JSON.stringify(conditional.data)]).toEqual([
      400,
      expect.stringContaining('INVALID_ARGUMENT'),
    ]);
    const foreign = await write({ bindings: [{ role: 'roles/storage.objectViewer', members: [member] }] });
    expect([foreign.status, JSON.stringify(foreign.data)]).toEqual([
      400,
      expect.stringContaining('Role roles/storage.objectViewer is not supported for this resource.'),
    ]);
  });

  it('needs its own permission for each method', async () => {
    const owner = 'user:owner@acme.com';
    const client = clientWith({ headers: { authorization: `Bearer ${world.google.issueToken(owner)}` } });
    const get = () =>
      kind === 'topics' ? client.topics.get({ topic }) : client.subscriptions.get({ subscription });
    const call = { get, getIamPolicy: () => read(client), setIamPolicy: () => write({}, client) };
    const permissions = Object.keys(call).map((verb) => `pubsub.${kind}.${verb}`);
    for (const [verb, perform] of Object.entries(call)) {
      const permission = `pubsub.${kind}.${verb}`;
      expect((await perform()).data).toEqual(denied);
      const revoke = world.google.grant({ resource, member: owner, permissions: [permission] });
      expect((await perform()).status).toBe(200);
      expect(world.google.calls.at(-1)).toMatchObject({ method: permission, permission, resource });
      const { data } = await client[kind].testIamPermissions({ resource, requestBody: { permissions } });
      expect(data.permissions).toEqual([permission]);
      revoke();
    }
  });

  it('is missing only for a caller with the permission on the project', async () => {
    world.google.pubsub.remove(resource);
    const gone = await read();
    expect([gone.status, JSON.stringify(gone.data)]).toEqual([
      404,
      expect.stringContaining(`Resource not found (resource=${resource.split('/').at(-1)}).`),
    ]);
    expect((await read(federated())).status).toBe(403);
  });
});

it('a role on the project reaches every topic in it', async () => {
  setMember(world.google.project('acme-data').policy, 'roles/pubsub.editor', member);
  const { topics } = federated();
  expect((await topics.publish({ topic, requestBody: { messages } })).status).toBe(200);
});
