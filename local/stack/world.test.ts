import { rmSync } from 'node:fs';
import { timeScale, until, writePackage } from '../testing/puppets.ts';
import { google } from '../testing/settings.ts';
import { type LocalWorld, startLocalWorld } from '../world.ts';

const own = google.serviceAccount;

let packageFolder: string;
let world: LocalWorld;
beforeAll(async () => {
  packageFolder = writePackage();
  world = await startLocalWorld({ timeScale, packageFolder, settings: { google } });
});
afterAll(async () => {
  await world.close();
  rmSync(packageFolder, { recursive: true });
});

it("Google admits the role of every function to rolebridge's own service account", () => {
  const prefix =
    'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role';
  expect(world.google.policy(own).current().bindings).toEqual([
    {
      role: 'roles/iam.workloadIdentityUser',
      members: [`${prefix}/puppets-prod-work`, `${prefix}/puppets-prod-sweep`],
    },
  ]);
});

it('rolebridge may list the service accounts of its own projects only', async () => {
  world.google.addProject({ id: 'acme-other', number: '42' });
  const authorization = `Bearer ${world.google.issueToken(`serviceAccount:${own}`)}`;
  const statusOf = async (project: string): Promise<number> =>
    (
      await fetch(`${world.google.url}/v1/projects/${project}/serviceAccounts`, {
        headers: { authorization },
      })
    ).status;
  expect(await Promise.all([...google.projects, 'acme-other'].map(statusOf))).toEqual([200, 200, 403]);
});

it('settles only after its functions have ended', async () => {
  const ended: string[] = [];
  const nap = world.stack
    .invoke('sweep', { do: 'sleep', milliseconds: 200 })
    .then(() => void ended.push('function'));
  await until(() => world.stack.running() === 1);
  await world.settled();
  ended.push('world');
  await nap;
  expect(ended).toEqual(['function', 'world']);
});
