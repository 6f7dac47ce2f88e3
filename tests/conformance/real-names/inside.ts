/**
 * Runs inside the sealed network: the story of one role, before, during and after its tag, with no address replaced.
 * Prints its observations as JSON; real-names.test.ts checks them.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import type { Credentials } from '../../../local/aws/world.ts';
import { type LocalWorld, startLocalWorld } from '../../../local/world.ts';
import { reader } from '../../support/settings.ts';
import { startBigQuery } from '../../support/workloads.ts';
import { certificatesIn } from './certificates.ts';
import { startGateway } from './gateway.ts';
import { askingClients, printSeen, runBootScript } from './instance.ts';
import { setUpNetwork } from './network.ts';
import type { PhaseSeen, Seen, Task } from './seen.ts';

const role = 'reports';
const region = 'eu-west-1';
const tag = { Key: 'google-access', Value: reader };

const tellStory = async (task: Task): Promise<Seen> => {
  const scratch = setUpNetwork(task.folder);
  const { world, arrivals, close } = await startClouds(task.folder);
  const look = startInstance(task, scratch);
  const config = join(scratch, 'config.json');

  await world.settled();
  const othersConfig = parameterOf(world, 'app-web');
  writeFileSync(config, othersConfig);
  const before = await look(config);

  world.aws.iam.perform('TagRole', { RoleName: role, Tags: [tag] });
  await world.settled();
  const published = parameterOf(world, role);
  const fetched = fetchedIn(scratch);
  const during = await look(fetched);
  copyFileSync(fetched, config);
  const sweep = await world.stack.invoke('sweep', {});
  await world.settled();

  world.aws.iam.perform('UntagRole', { RoleName: role, TagKeys: [tag.Key] });
  await world.settled();
  const after = await look(config);

  const outcomes = world.aws.bus.history.filter(({ source }) => source === 'rolebridge');
  const seen: Seen = {
    before,
    during,
    after,
    othersConfig,
    published,
    outcomes: outcomes.map((event) => event['detail-type']),
    sweep,
    arrivals,
    awsCalls: world.aws.calls.map(({ action }) => action),
  };
  await close();
  return seen;
};

/** Both clouds behind their own names, and EC2's metadata for an instance of the role, which has no tag yet. */
const startClouds = async (folder: string) => {
  const certificates = certificatesIn(folder);
  // Two minutes become 0.6 s.
  const world = await startLocalWorld({ timeScale: 0.005, ownNames: { caFile: certificates.ca } });
  const bigQuery = await startBigQuery(world.google);
  let credentials: Credentials | undefined;
  const metadata = await startInstanceMetadata(() =>
    credentials === undefined ? { region } : { roleName: role, credentials, region },
  );
  const gateway = await startGateway(certificates, {
    aws: world.aws.url,
    google: world.google.url,
    bigQuery: bigQuery.url,
    metadata: metadata.url,
  });
  world.addServiceAccount(reader);
  const trust = { AssumeRolePolicyDocument: '{}' };
  world.aws.iam.perform('CreateRole', { RoleName: 'app-web', ...trust, Tags: [tag] });
  world.aws.iam.perform('CreateRole', { RoleName: role, ...trust });
  credentials = world.aws.issueRoleCredentials(role, 'i-0123456789abcdef0');
  return {
    world,
    arrivals: gateway.arrivals,
    close: async () => {
      gateway.close();
      await Promise.all([metadata.close(), bigQuery.close(), world.close()]);
    },
  };
};

const parameterOf = ({ aws }: LocalWorld, roleName: string): string =>
  aws.ssm.parameters(region).get(`/google-access/${roleName}/default`)?.value ?? '';

const folderOfConfigs = (scratch: string): string => join(scratch, 'google-access');
const fetchedIn = (scratch: string): string => join(folderOfConfigs(scratch), 'default.json');

/** An instance that runs the script of `rolebridge boot`, then every client that this machine has. */
const startInstance = (task: Task, scratch: string) => {
  const ask = askingClients(task, scratch);
  return async (configPath: string): Promise<PhaseSeen> => {
    const booted = await runBootScript(task.folder, folderOfConfigs(scratch));
    return { boot: booted, clients: await ask(configPath, task.names) };
  };
};

await printSeen(tellStory);
