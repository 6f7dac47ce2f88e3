import { type GoogleWorld, startGoogle } from '../../local/google/world.ts';
import { addSampleResources } from '../../local/sample-resources.ts';
import { memberOf } from '../../shared/core/member.ts';
import { reader, roleRef, settings } from '../support/settings.ts';
import { type Gcloud, hasGcloud, startGcloud } from './google-cloud-cli.ts';

const { google: own } = settings;

/** Google's own program reads and writes the policies of the stand-in's resources. */
(hasGcloud ? describe : describe.skip)('resources, with gcloud (is it installed?)', () => {
  let google: GoogleWorld;
  let gcloud: Gcloud;
  beforeAll(async () => {
    google = await startGoogle({ awsUrl: 'http://127.0.0.1:9', projectNumber: own.projectNumber });
    google.addPool(own.pool);
    addSampleResources(google, { project: 'acme-data', reader });
    gcloud = await startGcloud(google);
  });
  afterAll(async () => {
    await gcloud.close();
    await google.close();
  });

  const member = memberOf(settings, roleRef('reports'));
  const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
  const withCondition = `--condition=title=${condition.title},expression=${condition.expression}`;
  const name = (kind: string, id: string): string => `projects/acme-data/${kind}/${id}`;

  it.each([
    ['a bucket', ['storage', 'buckets'], 'gs://acme-in', 'roles/storage.objectViewer', withCondition],
    ['a secret', ['secrets'], 'db-password', 'roles/secretmanager.secretAccessor', withCondition],
    ['a topic', ['pubsub', 'topics'], 'orders', 'roles/pubsub.publisher', undefined],
    ['a subscription', ['pubsub', 'subscriptions'], 'orders-in', 'roles/pubsub.subscriber', undefined],
  ] as const)('grants a role on %s and revokes it', async (kind, command, id, role, conditional) => {
    const policyOf = () =>
      kind === 'a bucket'
        ? google.buckets.bucket('acme-in').policy
        : kind === 'a secret'
          ? google.secretManager.secret('acme-data', id).policy
          : google.pubsub.resource(name(kind === 'a topic' ? 'topics' : 'subscriptions', id)).policy;
    const before = policyOf().bindings();
    const args = [
      id,
      `--member=${member}`,
      `--role=${role}`,
      ...(conditional === undefined ? [] : [conditional]),
    ];
    await gcloud.run(...command, 'add-iam-policy-binding', ...args);
    expect(policyOf().bindings()).toContainEqual({
      role,
      members: [member],
      ...(conditional === undefined ? {} : { condition }),
    });
    await gcloud.run(...command, 'remove-iam-policy-binding', ...args);
    expect(policyOf().bindings()).toEqual(before);
  });

  it('shows which roles a topic accepts', async () => {
    const topic = `//pubsub.googleapis.com/${name('topics', 'orders')}`;
    expect(await gcloud.run('iam', 'list-grantable-roles', topic)).toContainEqual(
      expect.objectContaining({ name: 'roles/pubsub.publisher' }),
    );
  });

  it('publishes and pulls a message, and lists a bucket', async () => {
    await gcloud.run('pubsub', 'topics', 'publish', 'orders', '--message=order 1');
    expect(await gcloud.run('pubsub', 'subscriptions', 'pull', 'orders-in', '--auto-ack')).toMatchObject([
      { message: { data: Buffer.from('order 1').toString('base64') } },
    ]);
    expect(await gcloud.run('storage', 'objects', 'list', 'gs://acme-in')).toMatchObject([
      { name: 'orders.csv' },
    ]);
  });
});
