import type { GoogleWorld } from './google/world.ts';

/** One resource of each kind that a tag can grant. The reader is a service account that can read the dataset. */
export const addSampleResources = (
  {
    buckets,
    datasets,
    secretManager,
    pubsub,
  }: Pick<GoogleWorld, 'buckets' | 'datasets' | 'secretManager' | 'pubsub'>,
  { project, reader }: { readonly project: string; readonly reader: string },
): void => {
  buckets.add('acme-in', project).objects.set('orders.csv', {
    name: 'orders.csv',
    contentType: 'text/csv',
    content: Buffer.from('id,city\n1,Basel\n'),
    generation: '1',
    updated: '2026-01-01T00:00:00.000Z',
  });
  const sales = datasets.add(project, 'sales', {
    tables: {
      orders: {
        fields: [
          { name: 'id', type: 'INTEGER' },
          { name: 'city', type: 'STRING' },
        ],
        rows: [[1, 'Basel']],
      },
    },
  });
  sales.replace([...sales.access(), { role: 'READER', userByEmail: reader }]);
  secretManager.add(project, 'db-password', 'correct horse battery staple');
  pubsub.addTopic(project, 'orders');
  pubsub.addSubscription(project, 'orders-in', 'orders');
};
