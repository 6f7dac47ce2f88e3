import { parseResourceOptIns } from '../../../shared/setup/options.ts';
import { type Place, places, type Stored } from '../../support/policy-places.ts';
import { own, type SetupWorld, shortFile, startSetupWorld } from '../../support/setup-world.ts';

/** One resource of each kind. Projects are limited instead. */
const resources: readonly Place[] = Object.values(places).filter(
  ({ resource }) => !/^projects\/[^/]+$|\/serviceAccounts\//.test(resource),
);
const jobUser = 'roles/bigquery.jobUser';
const logWriter = 'roles/logging.logWriter';
const ruleFor = (grant: string, on: string): string => `  - grant: ${grant}
    on: [${on}]
    roles: [reports]
    clientProject: acme-data
`;
const file = (...rules: readonly string[]): string => `${shortFile}${rules.join('')}`;

let world: SetupWorld;
let stored: ReadonlyMap<string, Stored>;
beforeEach(async () => {
  const rules = resources.map(({ resource, googleRole }) => ruleFor(googleRole, resource));
  world = await startSetupWorld(file(...rules, ruleFor(jobUser, 'projects/acme-data')));
  stored = new Map(resources.map((place) => [place.resource, place.add(world.google)]));
});
afterEach(() => world.close());

const options = {
  optInResources: parseResourceOptIns(resources.map(({ resource }) => resource)),
  optInProjectGrants: ['acme-data'],
};
const rowsOfOurs = () =>
  [...stored].map(([resource, { rows }]) => [resource, JSON.stringify(rows()).includes(own)]);

it('opts in a resource of each kind and a project, then finds nothing to do, and undoes it', async () => {
  const before = [...stored.values()].map(({ rows }) => structuredClone(rows()));
  const { applied, plan } = await world.run(options);
  expect({ refusals: plan.refusals, failed: applied.failed?.error.message }).toEqual({
    refusals: [],
    failed: undefined,
  });
  expect(rowsOfOurs()).toEqual(resources.map(({ resource }) => [resource, true]));
  expect((await world.plan(options)).steps).toEqual([]);
  const undone = await world.undo();
  expect({ refusals: undone.plan.refusals, failed: undone.applied.failed?.error.message }).toEqual({
    refusals: [],
    failed: undefined,
  });
  expect([...stored.values()].map(({ rows }) => structuredClone(rows()))).toEqual(before);
  expect(await world.get('projects/acme-data/roles/rolebridgeBucketEditor')).toMatchObject({ deleted: true });
  expect(await world.get('projects/acme-data/roles/rolebridgeProjectEditor')).toMatchObject({
    deleted: true,
  });
});

it('refuses rules with a dangerous Google role, an unknown one, or one that the resource does not accept', async () => {
  const { google } = world;
  google.addCustomRole('projects/acme-data/roles/grants', ['storage.buckets.setIamPolicy']);
  const bucket = resources.find(({ resource }) => resource.startsWith('buckets/'))?.resource ?? '';
  const refused = await startSetupWorld(
    file(
      ruleFor('roles/storage.admin', bucket),
      ruleFor('roles/storage.noSuchRole', bucket),
      ruleFor(logWriter, bucket),
    ),
  );
  const { plan, applied } = await refused.run();
  expect(plan.refusals).toEqual([
    expect.stringMatching(/^allow\[1\] grant roles\/storage\.admin .+ which is never granted/),
    expect.stringMatching(/^allow\[2\] .+: Google knows no role roles\/storage\.noSuchRole\.$/),
    expect.stringMatching(/^allow\[3\] /),
    expect.stringMatching(/^allow\[3\] .+Google does not take roles\/logging\.logWriter on buckets\//),
  ]);
  expect(applied.done).toEqual([]);
  expect(refused.writes()).toEqual([]);
  await refused.close();
});
