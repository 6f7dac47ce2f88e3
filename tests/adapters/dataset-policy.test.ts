import { type Harness, memberOf, startHarness } from '../../local/testing/google-harness.ts';
import { personalIdentity } from '../../shared/adapters/google/personal-identity.ts';
import { googlePolicies } from '../../shared/adapters/google/policies.ts';
import { editPolicy } from '../../shared/core/iam-policy.ts';
import type { PolicyStore } from '../../shared/ports.ts';
import { places } from '../support/policy-places.ts';
import { settings } from '../support/settings.ts';

const place = places['dataset'];
if (place === undefined) throw new Error('no dataset');

let world: Harness;
let policies: PolicyStore;
beforeEach(async () => {
  world = await startHarness();
  place.add(world.google);
  const { google } = world;
  const rolebridge = `serviceAccount:${settings.google.serviceAccount}`;
  google.grant({ resource: place.on, member: rolebridge, permissions: place.permissions });
  policies = googlePolicies({
    identity: personalIdentity({ region: 'us-east-1', googleAccessToken: google.issueToken(rolebridge) }),
    endpoints: {},
    googleEndpoint: google.url,
    signal: new AbortController().signal,
  });
});
afterEach(() => world.close());

it('if Google asks for the permission to update the dataset itself, the error names the setting to turn on', async () => {
  world.google.intercept(({ method }) =>
    method === place.methods.write
      ? {
          kind: 'error',
          code: 403,
          status: 'PERMISSION_DENIED',
          message:
            'Access Denied: Dataset acme-data:In_1: Permission bigquery.datasets.update denied on dataset acme-data:In_1 (or it may not exist).',
        }
      : undefined,
  );
  const { policy } = await policies.read(place.resource);
  const edited = editPolicy(policy, [{ kind: 'add', role: place.googleRole, member: memberOf('reports') }]);
  await expect(policies.write(place.resource, edited)).rejects.toMatchObject({
    name: 'PermanentError',
    because: 'notPermitted',
    message: expect.stringMatching(
      /bigquery\.datasets\.update denied .+ Turn on enable_fine_grained_dataset_acls_option for project acme-data/,
    ),
  });
});
