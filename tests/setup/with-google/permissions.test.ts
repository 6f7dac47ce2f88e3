import { readFileSync } from 'node:fs';
import { parseOptIns } from '../../../shared/setup/wanted.ts';
import { accountId, reader } from '../../support/settings.ts';
import { foreign, pool, provider, type SetupWorld, startSetupWorld } from '../../support/setup-world.ts';

/** The roles of docs/setup.md, on the pool's project and on each of google.projects. */
const inIdentity = [
  'roles/serviceusage.serviceUsageAdmin',
  'roles/iam.workloadIdentityPoolAdmin',
  'roles/iam.serviceAccountAdmin',
  'roles/iam.roleAdmin',
  'roles/resourcemanager.projectIamAdmin',
];
const inData = [
  'roles/iam.roleAdmin',
  'roles/resourcemanager.projectIamAdmin',
  'roles/iam.serviceAccountAdmin',
];
const person = 'user:admin@acme.com';
const options = { optIn: parseOptIns([reader]) };

let world: SetupWorld;
beforeEach(async () => {
  world = await startSetupWorld();
});
afterEach(() => world.close());

const permit = (identity: readonly string[], data: readonly string[]) => {
  const bindings = (roles: readonly string[]) => roles.map((role) => ({ role, members: [person] }));
  world.identity.replace({ bindings: bindings(identity) });
  world.data.replace({ ...foreign, bindings: [...(foreign.bindings ?? []), ...bindings(data)] });
  Object.assign(world.variables, { GOOGLE_OAUTH_ACCESS_TOKEN: world.google.issueToken(person) });
};

it('the roles that docs/setup.md names are sufficient', async () => {
  permit(inIdentity, inData);
  const { applied } = await world.run(options);
  expect(applied.failed?.error.message).toBeUndefined();
  expect(applied.notDone).toEqual([]);
  const page = readFileSync('docs/setup.md', 'utf8');
  for (const role of [...inIdentity, ...inData]) expect(page).toContain(role);
});

it.each([...inIdentity.map((role) => ['identity', role]), ...inData.map((role) => ['data', role])])(
  'in project %s, without %s: fails with one line that names the resource',
  async (where, missing = '') => {
    const without = (roles: readonly string[]) => roles.filter((role) => role !== missing);
    permit(
      where === 'identity' ? without(inIdentity) : inIdentity,
      where === 'data' ? without(inData) : inData,
    );
    const said = await world
      .run(options)
      .then(({ applied }) => applied.failed?.error.message)
      .catch((thrown: Error) => thrown.message);
    expect(said).toMatch(
      /^((reading|creating|enabling|writing) .+|Service account .+ does not exist or cannot be read): 403 Permission .+\. .+\.$/,
    );
    expect(said).not.toContain('\n');
  },
);

it('--adopt lists the uses of the pool that could not be read', async () => {
  world.google.addProvider(pool, provider, accountId);
  const withoutAccounts = inData.filter((role) => role !== 'roles/iam.serviceAccountAdmin');
  permit(inIdentity, withoutAccounts);
  expect((await world.plan({ adopts: true })).warnings.slice(1)).toEqual([
    expect.stringMatching(/^Could not be read, .+ 403 Permission 'iam\.serviceAccounts\.list' denied/),
  ]);
  const reviewer = 'roles/iam.securityReviewer';
  permit([...inIdentity, reviewer], [...withoutAccounts, reviewer]);
  const { applied, plan } = await world.run({ adopts: true });
  expect(plan.warnings).toEqual([expect.stringContaining('revokes no access')]);
  expect(applied.notDone).toEqual([]);
  expect(readFileSync('docs/setup.md', 'utf8')).toContain(reviewer);
});
