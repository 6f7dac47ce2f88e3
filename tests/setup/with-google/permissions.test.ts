import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { GrantRule } from '../../../shared/core/settings.ts';
import { googleRoles } from '../../../shared/permissions/google.ts';
import { parseOptIns, parseResourceOptIns } from '../../../shared/setup/options.ts';
import { places } from '../../support/policy-places.ts';
import { accountId, reader, settings } from '../../support/settings.ts';
import {
  foreign,
  own,
  pool,
  poolName,
  projectNumber,
  provider,
  providerName,
  type SetupWorld,
  startSetupWorld,
} from '../../support/setup-world.ts';

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

describe('the custom roles of "permissions --print setup"', () => {
  const google = { ...settings.google, projects: ['acme-data'] };
  /** One resource of each kind, in acme-data. */
  const allow = Object.values(places)
    .filter(({ resource }) => !resource.includes('/serviceAccounts/'))
    .map(
      ({ resource, googleRole }): GrantRule => ({
        grant: googleRole,
        on: [resource.replace('acme-jobs', 'acme-data')],
        roles: ['reports'],
        clientProject: 'acme-data',
      }),
    );
  const optInResources = parseResourceOptIns(
    allow.flatMap(({ on }) => on).filter((resource) => resource !== 'projects/acme-data'),
  );
  const roles = googleRoles('setup', { google, accounts: [], allow });
  const permitCustomRoles = () => {
    for (const { project, id, permissions } of roles)
      world.google.addCustomRole(`projects/${project}/roles/${id}`, permissions);
    const [identity = [], data = []] = roles.map(({ project, id }) => [`projects/${project}/roles/${id}`]);
    permit(identity, data);
  };
  const run = async () => {
    const { applied } = await world.run({
      ...options,
      optInProjects: ['acme-data'],
      optInResources,
      optInProjectGrants: ['acme-data'],
    });
    expect(applied.failed?.error.message).toBeUndefined();
    expect(applied.notDone).toEqual([]);
  };
  /** The state that setup repairs. */
  const breakages: readonly (() => Promise<unknown>)[] = [
    // This account joins.
    async () =>
      writeFileSync(
        world.configPath,
        world.file().replace('accounts:', `home: "${accountId}"\naccounts:\n  - id: "444455556666"`),
      ),
    () => world.call('DELETE', providerName),
    () => world.call('DELETE', poolName),
    ...roles.flatMap(({ project }) => {
      const role = project === 'acme-data' ? 'rolebridgeEditor' : 'rolebridgePoolReader';
      return [
        () => world.call('DELETE', `projects/${project}/roles/${role}`),
        () =>
          world.call('PATCH', `projects/${project}/roles/${role}?updateMask=includedPermissions`, {
            includedPermissions: ['iam.serviceAccounts.get'],
          }),
      ];
    }),
    () => world.call('PATCH', `${poolName}?updateMask=disabled`, { disabled: true }),
    () =>
      world.call('PATCH', `${providerName}?updateMask=attributeCondition`, { attributeCondition: 'true' }),
    () => world.call('POST', `projects/acme-identity/serviceAccounts/${own}:disable`),
  ];

  /** A bucket's name does not contain its project. */
  const isIn = (project: string, resource: string): boolean =>
    resource.startsWith('b/') ? project === 'acme-data' : resource.split('/')[1] === project;

  it('are sufficient to create and to repair everything, and each permission is needed', async () => {
    for (const place of Object.values(places)) place.add(world.google);
    writeFileSync(world.configPath, stringify({ ...parse(world.file()), allow }));
    permitCustomRoles();
    await run();
    for (const breakage of breakages) {
      await breakage();
      await run();
    }
    const usedIn = (...names: readonly string[]) =>
      new Set(
        world.google.calls.flatMap(({ principal, permission = '', resource }) =>
          principal === person && names.some((name) => isIn(name, resource)) ? [permission] : [],
        ),
      );
    const unused = roles.map(({ project, permissions }) => {
      const used = project === google.project ? usedIn(project, projectNumber) : usedIn(project);
      return permissions.filter((permission) => !used.has(permission));
    });
    // The stand-in lets anyone read an operation, but Google does not. It is not documented whether the access list
    // of a dataset requires bigquery.datasets.get.
    expect(unused).toEqual([['serviceusage.operations.get'], ['bigquery.datasets.get']]);
  });
});
