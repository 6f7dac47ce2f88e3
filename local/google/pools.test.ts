import { errorOf, type Harness, pool, startHarness } from '../testing/google-harness.ts';
import { accountId, projectNumber } from '../testing/settings.ts';

const now = new Date('2026-11-24T12:00:00Z');
let world: Harness;
beforeEach(async () => {
  world = await startHarness({ now: () => now });
});
afterEach(() => world.close());

const parent = 'projects/acme-identity/locations/global';
const pools = () => world.as().projects.locations.workloadIdentityPools;

describe('pools and providers', () => {
  const create = (id: string, requestBody: object = {}) =>
    pools().create({ parent, workloadIdentityPoolId: id, requestBody });
  const createProvider = (id: string, requestBody: object) =>
    pools().providers.create({ parent: pool, workloadIdentityPoolProviderId: id, requestBody });

  it('are created in operations that are not done immediately', async () => {
    const { data } = await create('pool-two', { displayName: 'two', description: 'made by rolebridge' });
    expect(data.done).toBeUndefined();
    const { data: operation } = await pools().operations.get({ name: data.name ?? '' });
    const name = `projects/${projectNumber}/locations/global/workloadIdentityPools/pool-two`;
    expect(operation).toMatchObject({ done: true, response: { name, state: 'ACTIVE', displayName: 'two' } });
    expect((await pools().get({ name })).data).toMatchObject({ name, description: 'made by rolebridge' });
  });

  it('refuse ids and texts that are too short, too long, reserved, or taken', async () => {
    for (const id of ['abc', 'a'.repeat(33), 'gcp-pool', 'Pool', 'a_pool'])
      expect(errorOf(await create(id))).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect((await create('good', { displayName: 'x'.repeat(33) })).status).toBe(400);
    expect((await create('good', { description: 'x'.repeat(257) })).status).toBe(400);
    expect(errorOf(await create('aws-pool'))).toMatchObject({ code: 409, status: 'ALREADY_EXISTS' });
  });

  it('stay for thirty days after deletion: readable, listed on request, with their ids taken, and can be undeleted', async () => {
    await pools().delete({ name: pool });
    expect((await pools().get({ name: pool })).data).toMatchObject({
      state: 'DELETED',
      expireTime: '2026-12-24T12:00:00Z',
    });
    expect((await pools().list({ parent })).data.workloadIdentityPools).toBeUndefined();
    expect((await pools().list({ parent, showDeleted: true })).data.workloadIdentityPools).toHaveLength(1);
    expect((await create('aws-pool')).status).toBe(409);
    expect((await pools().delete({ name: pool })).status).toBe(404);
    await pools().undelete({ name: pool });
    expect((await pools().get({ name: pool })).data).toEqual({ name: pool, state: 'ACTIVE' });
  });

  it('answer 404 if missing', async () => {
    expect((await pools().get({ name: `${pool}-x` })).status).toBe(404);
    expect((await pools().providers.get({ name: `${pool}/providers/missing` })).status).toBe(404);
    expect((await pools().operations.get({ name: `${pool}/operations/99` })).status).toBe(404);
  });

  it('are patched only in the fields of the mask', async () => {
    const name = `${pool}/providers/aws-provider`;
    expect((await pools().patch({ name: pool, requestBody: { disabled: true } })).status).toBe(400);
    await pools().providers.patch({
      name,
      updateMask: 'attributeCondition,description',
      requestBody: { attributeCondition: 'true', description: 'd', displayName: 'no', disabled: true },
    });
    expect((await pools().providers.get({ name })).data).toEqual({
      name,
      state: 'ACTIVE',
      description: 'd',
      aws: { accountId },
      attributeCondition: 'true',
    });
  });

  it('are listed in pages', async () => {
    for (let index = 0; index < 5; index += 1)
      await createProvider(`provider-${index}`, { aws: { accountId } });
    const first = (await pools().providers.list({ parent: pool, pageSize: 4 })).data;
    const pageToken = first.nextPageToken ?? '';
    const second = (await pools().providers.list({ parent: pool, pageSize: 4, pageToken })).data;
    expect([first, second].map((page) => page.workloadIdentityPoolProviders?.length)).toEqual([4, 2]);
    expect(second.nextPageToken).toBeUndefined();
  });

  it.each([
    ['no AWS account', {}],
    ['no account id', { aws: { accountId: 'acme' } }],
    ['no subject', { aws: { accountId }, attributeMapping: { 'attribute.x': 'assertion.arn' } }],
    [
      'an unknown key',
      { aws: { accountId }, attributeMapping: { 'google.subject': 'assertion.arn', x: "'x'" } },
    ],
    ['no syntax', { aws: { accountId }, attributeMapping: { 'google.subject': 'assertion.' } }],
    [
      'a long mapping',
      { aws: { accountId }, attributeMapping: { 'google.subject': `'${'x'.repeat(2048)}'` } },
    ],
    ['a condition without syntax', { aws: { accountId }, attributeCondition: 'arn ==' }],
    ['a long condition', { aws: { accountId }, attributeCondition: `'${'x'.repeat(4096)}' == ''` }],
  ])('a provider with %s is refused', async (_, requestBody) => {
    expect(errorOf(await createProvider('provider-x', requestBody))).toMatchObject({ code: 400 });
    expect((await pools().providers.get({ name: `${pool}/providers/provider-x` })).status).toBe(404);
  });
});
