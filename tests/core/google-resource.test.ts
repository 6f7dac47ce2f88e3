import fc from 'fast-check';
import {
  isGoogleRole,
  notAGoogleRole,
  notAResource,
  projectOfGoogleResource,
  resourceKindOf,
  takesConditions,
} from '../../shared/core/google-resource.ts';

describe('names of resources', () => {
  it.each([
    ['projects/acme-data', 'project'],
    ['projects/example.com:acme-data', 'project'],
    ['buckets/acme-in', 'bucket'],
    ['buckets/data.acme.example', 'bucket'],
    ['buckets/a_b', 'bucket'],
    ['projects/acme-data/datasets/Sales_2026', 'dataset'],
    ['projects/acme-data/secrets/Api-Key_1', 'secret'],
    ['projects/acme-data/topics/orders.v1', 'topic'],
    ['projects/acme-data/subscriptions/orders+audit', 'subscription'],
  ])('%s is a %s', (name, kind) => {
    expect(resourceKindOf(name)).toBe(kind);
  });

  it.each([
    '',
    'projects/',
    'projects/abc',
    'projects/Acme-Data',
    'projects/acme-data/',
    'projects/123456789012',
    'buckets/ab',
    'buckets/Acme',
    'buckets/-acme',
    'buckets/acme-',
    'buckets/a..b',
    'buckets/10.0.0.1',
    'buckets/googbucket',
    `buckets/${'a'.repeat(64)}`,
    'buckets/acme/objects/x',
    'projects/acme-data/datasets/a-b',
    'projects/acme-data/datasets/a/tables/b',
    'projects/acme-data/secrets/a.b',
    'projects/acme-data/topics/ab',
    'projects/acme-data/topics/1orders',
    'projects/acme-data/topics/goog-orders',
    'projects/-/serviceAccounts/reader@acme-data.iam.gserviceaccount.com',
    'projects/acme-data/buckets/acme-in',
    'projects/acme-data\n',
  ])('%j is not a name', (name) => {
    expect(resourceKindOf(name)).toBeUndefined();
  });

  it('name the project, except for a bucket', () => {
    expect(projectOfGoogleResource('projects/acme-data/topics/orders')).toBe('acme-data');
    expect(projectOfGoogleResource('buckets/acme-in')).toBeUndefined();
  });

  it('only Pub/Sub has no conditions', () => {
    expect(
      (['project', 'bucket', 'dataset', 'secret', 'topic', 'subscription'] as const).map(takesConditions),
    ).toEqual([true, true, true, true, false, false]);
  });
});

describe('a wrong name is answered with the right one', () => {
  it.each([
    ['gs://acme-in', 'Write buckets/acme-in.'],
    ['gs://acme-in/', 'Write buckets/acme-in.'],
    ['buckets/Acme-In', 'Write buckets/acme-in.'],
    ['Buckets/acme-in', 'Write buckets/acme-in.'],
    ['projects/_/buckets/acme-in', 'Write buckets/acme-in.'],
    ['projects/acme-data/buckets/acme-in', 'Write buckets/acme-in.'],
    ['//storage.googleapis.com/projects/_/buckets/acme-in', 'Write buckets/acme-in.'],
    ['//pubsub.googleapis.com/projects/acme-data/topics/Orders', 'Write projects/acme-data/topics/Orders.'],
    ['projects/Acme-Data/topics/Orders', 'Write projects/acme-data/topics/Orders.'],
    ['/projects/acme-data/', 'Write projects/acme-data.'],
    ['acme-data:Sales', 'Write projects/acme-data/datasets/Sales.'],
    ['acme-data.Sales', 'Write projects/acme-data/datasets/Sales.'],
    ['projects/acme-data/secrets/key/versions/latest', 'Write projects/acme-data/secrets/key.'],
    ['projects/123456789012', "Write the project's id"],
    ['projects/123456789012/topics/orders', "Write the project's id"],
    ['projects/acme-data/datasets/sales/tables/orders', 'Write projects/PROJECT/datasets/DATASET.'],
    ['projects/acme-data/locations/europe-west1/secrets/key', 'regional secrets are not supported'],
    ['projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com', 'by its e-mail alone'],
    ['organizations/123', 'never granted on a folder or an organization'],
    ['acme-in', 'Write projects/PROJECT, buckets/BUCKET, projects/PROJECT/datasets/DATASET'],
  ])('%s', (text, answer) => {
    expect(notAResource(text)).toContain(answer);
  });

  it('and the suggestion is a valid name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9_.:/-]{0,80}$/), (text) => {
        const [, proposed] = /is not a resource's name here\. Write (.*)\.$/.exec(notAResource(text)) ?? [];
        if (proposed !== undefined) expect(resourceKindOf(proposed)).toBeDefined();
      }),
    );
  });
});

describe('names of Google roles', () => {
  it.each([
    'roles/storage.objectViewer',
    'roles/owner',
    'projects/acme-data/roles/reader_1',
    'organizations/123/roles/reader',
  ])('%s is one', (name) => {
    expect(isGoogleRole(name)).toBe(true);
  });

  it.each([
    'storage.objectViewer',
    'roles/',
    'roles/a b',
    'Roles/owner',
    'organizations/acme/roles/reader',
    'roles/a/b',
  ])('%j is not a name', (name) => {
    expect(isGoogleRole(name)).toBe(false);
  });

  it('without "roles/", the full name is suggested', () => {
    expect(notAGoogleRole('storage.objectViewer')).toContain('Write roles/storage.objectViewer.');
    expect(notAGoogleRole('?')).toContain('projects/PROJECT/roles/NAME');
  });
});
