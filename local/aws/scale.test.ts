import { paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import { paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import { type Harness, startHarness } from '../testing/aws-harness.ts';

const count = 5000;
const regions = ['us-east-1', 'eu-west-1'];

let at: Harness;
beforeAll(async () => {
  at = await startHarness({ ssmRates: 'unlimited' });
  for (let index = count - 1; index >= 0; index -= 1) {
    const Tags = [{ Key: 'google-access', Value: `reader@acme-data.iam.gserviceaccount.com ${index}` }];
    at.aws.iam.perform('CreateRole', { RoleName: `app-${index}`, AssumeRolePolicyDocument: '{}', Tags });
    const name = `/google-access/app-${index}/default`;
    for (const region of regions)
      at.aws.ssm.parameters(region).set(name, { name, value: 'v', description: '', version: 1 });
  }
});
afterAll(() => at.close());

it(`lists ${count} roles and as many parameters in two regions completely`, async () => {
  const started = performance.now();
  const roles = new Set<string | undefined>();
  const pages = paginateGetAccountAuthorizationDetails(
    { client: at.iam, pageSize: 1000 },
    { Filter: ['Role'] },
  );
  for await (const { RoleDetailList = [] } of pages)
    for (const { RoleName, Tags } of RoleDetailList) {
      expect(Tags).toHaveLength(1);
      roles.add(RoleName);
    }
  const listed = performance.now();
  const names = await Promise.all(
    regions.map(async (region) => {
      const found = new Set<string | undefined>();
      const client = at.as(at.aws.admin, region).ssm;
      const paged = paginateGetParametersByPath({ client }, { Path: '/google-access', Recursive: true });
      for await (const { Parameters = [] } of paged) for (const { Name } of Parameters) found.add(Name);
      return found.size;
    }),
  );
  // Only for information: no test depends on speed.
  const [forRoles, forParameters] = [listed - started, performance.now() - listed].map(Math.round);
  console.log(
    `${count} roles: ${forRoles} ms; ${count} parameters in each of two regions: ${forParameters} ms`,
  );
  expect([roles.size, ...names]).toEqual([count, count, count]);
}, 120_000);
