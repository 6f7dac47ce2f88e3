import { parseResourceOptIns } from '../../shared/setup/options.ts';
import { undoScript } from '../../shared/setup/undo/gcloud-script.ts';
import { type Place, places, type Stored } from '../support/policy-places.ts';
import { own, type SetupWorld, shortFile, startSetupWorld } from '../support/setup-world.ts';
import { hasBq, runScript } from './gcloud-script.ts';
import { hasGcloud } from './google-cloud-cli.ts';

const all: readonly Place[] = Object.values(places).filter(
  ({ resource }) => !/^projects\/[^/]+$|\/serviceAccounts\//.test(resource),
);
const resources = hasBq ? all : all.filter(({ resource }) => !resource.includes('/datasets/'));

const ruleFor = (grant: string, on: string): string => `  - grant: ${grant}
    on: [${on}]
    roles: [reports]
    clientProject: acme-data
`;
const fileWith = (...projectRoles: readonly string[]): string =>
  [
    shortFile,
    ...resources.map(({ googleRole, resource }) => ruleFor(googleRole, resource)),
    ...projectRoles.map((role) => ruleFor(role, 'projects/acme-data')),
  ].join('');
const jobUser = 'roles/bigquery.jobUser';
const logWriter = 'roles/logging.logWriter';

const options = [
  ...resources.flatMap(({ resource }) => ['--opt-in-resource', resource]),
  '--opt-in-project-grants',
  'acme-data',
];
const sameOptions = {
  optInResources: parseResourceOptIns(resources.map(({ resource }) => resource)),
  optInProjectGrants: ['acme-data'],
};
const kinds = ['Bucket', ...(hasBq ? ['Dataset'] : []), 'Secret', 'Topic', 'Subscription', 'Project'];

interface Side {
  readonly world: SetupWorld;
  readonly stored: ReadonlyMap<string, Stored>;
}

/** Setup is done, except for the opt-ins. */
const startSide = async (): Promise<Side> => {
  const world = await startSetupWorld(fileWith(jobUser, logWriter));
  const stored = new Map(resources.map((place) => [place.resource, place.add(world.google)]));
  await world.run();
  return { world, stored };
};

/** Everything that the opt-ins create. */
const stateOf = async ({ world, stored }: Side) => ({
  project: world.data.current().bindings,
  resources: [...stored].map(([resource, { rows }]) => [resource, structuredClone(rows())]),
  roles: await Promise.all(
    kinds.map(async (kind) => ({
      ...(await world.get(`projects/acme-data/roles/rolebridge${kind}Editor`)),
      etag: undefined,
    })),
  ),
});

(hasGcloud ? describe : describe.skip)(
  'opt-ins of resources with gcloud and bq (are they installed?)',
  () => {
    let printed: Side;
    beforeEach(async () => {
      printed = await startSide();
    });
    afterEach(() => printed.world.close());

    it('the script creates the same as setup', async () => {
      const applied = await startSide();
      const before = printed.world.google.calls.length;
      const { status, stdout } = await printed.world.setup('--print', 'gcloud', ...options);
      expect(status).toBe(0);
      expect(printed.world.writes(before)).toEqual([]);
      expect(await runScript(printed.world.google, stdout)).toMatchObject({ status: 0 });
      await applied.world.run(sameOptions);
      expect(await stateOf(printed)).toEqual(await stateOf(applied));
      await applied.world.close();
      for (const { rows } of printed.stored.values()) expect(JSON.stringify(rows())).toContain(own);
      expect((await printed.world.plan(sameOptions)).steps).toEqual([]);
    }, 300_000);

    it('the script of the undo leaves what was there before', async () => {
      const before = await stateOf(printed);
      await printed.world.run(sameOptions);
      const { plan, heading } = await printed.world.prepareUndo();
      // setup-gcloud.test.ts runs the others.
      const steps = plan.steps.filter(
        (step) =>
          (step.kind === 'unbind' && step.purpose.startsWith('optIn')) ||
          (step.kind === 'deleteCustomRole' &&
            kinds.some((kind) => step.name.endsWith(`/rolebridge${kind}Editor`))),
      );
      const script = undoScript({ ...plan, steps }, heading);
      expect(await runScript(printed.world.google, script)).toMatchObject({ status: 0 });
      const after = await stateOf(printed);
      expect({ ...after, roles: [] }).toEqual({ ...before, roles: [] });
      expect(after.roles.map((role) => 'deleted' in role && role.deleted)).toEqual(kinds.map(() => true));
    }, 300_000);
  },
);
