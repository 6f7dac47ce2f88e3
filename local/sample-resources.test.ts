import { addSampleResources } from './sample-resources.ts';
import { type Harness, startHarness } from './testing/google-harness.ts';
import { email } from './testing/settings.ts';

let world: Harness;
beforeEach(async () => {
  world = await startHarness();
  addSampleResources(world.google, { project: 'acme-data', reader: email });
});
afterEach(() => world.close());

it('contains one resource of each kind', async () => {
  const read = async (path: string) => {
    const headers = { authorization: `Bearer ${world.google.adminToken}` };
    return (await fetch(`${world.google.url}${path}`, { headers })).status;
  };
  for (const path of [
    '/storage/v1/b/acme-in/o/orders.csv?alt=media',
    '/bigquery/v2/projects/acme-data/datasets/sales/tables/orders',
    '/v1/projects/acme-data/secrets/db-password/versions/latest:access',
    '/v1/projects/acme-data/topics/orders',
    '/v1/projects/acme-data/subscriptions/orders-in',
  ])
    expect([path, await read(path)]).toEqual([path, 200]);
});

it('lists the dataset for the reader', async () => {
  const headers = { authorization: `Bearer ${world.google.issueToken(`serviceAccount:${email}`)}` };
  const answer = await fetch(`${world.google.url}/bigquery/v2/projects/acme-data/datasets`, { headers });
  expect(await answer.json()).toMatchObject({ datasets: [{ id: 'acme-data:sales' }] });
});
