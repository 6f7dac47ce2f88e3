import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import { addSampleKeys } from '../../../local/sample-keys.ts';
import { addSampleResources } from '../../../local/sample-resources.ts';
import { type LocalWorld, startLocalWorld } from '../../../local/world.ts';
import { loadSettings } from '../../../shared/config/config.ts';
import { regionsOf } from '../../../shared/core/settings.ts';
import { seedExample } from '../../example-world.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { instanceVariables } from '../../instance-variables.ts';
import { deployMemberStacks } from '../../member-stacks.ts';
import { reachLocalWorld } from '../../reach-local-world.ts';
import type { Terminal } from '../../terminal.ts';
import { environmentFile } from './environment-file.ts';
import { exampleText } from './example-text.ts';
import { region, runUntilEnd, timeScale, type Written, writeEnvironment } from './run-until-end.ts';

/** The role of the instance whose metadata the local world serves; the example gives it access. */
const instanceRole = 'reports';
const sample = {
  project: 'acme-data',
  reader: 'reader@acme-data.iam.gserviceaccount.com',
  writer: 'writer@acme-data.iam.gserviceaccount.com',
};

/** Both clouds with the packaged stack and example roles, and an instance of the home account. */
export const runExampleWorld = async (
  terminal: Terminal,
  milliseconds: number,
  memberIds: readonly string[],
): Promise<ExitCode> => {
  const world = await startLocalWorld({ timeScale, memberIds, followsEdits: true });
  const metadata = await startInstanceMetadata(() => ({
    accountId: world.aws.accountId,
    roleName: instanceRole,
    region,
    credentials: world.aws.issueRoleCredentials(instanceRole, 'i-0123456789abcdef0'),
  }));
  try {
    await terminal.progress('Filling the local world', async () => {
      await deployMemberStacks(world);
      await seedExample(world);
      addSampleResources(world.google, sample);
      addSampleKeys(world.google, sample, new Date());
      // As after every deploy: until the first sweep, what someone binds by hand looks like access that the table forgot.
      await world.stack.invoke('sweep', {});
    });
    return await runUntilEnd(terminal, milliseconds, {
      tick: () => void world.stack.tick(),
      show: (folder) => {
        const written = writeEnvironment(folder, world, reachLocalWorld(world));
        const instance = instanceOf(world, metadata.url, folder);
        const instanceFile = join(folder, 'instance');
        writeFileSync(instanceFile, environmentFile(instance, keysToUnset), { mode: 0o600 });
        terminal.show({ ...written, instance, instanceFile }, () => textOf(world, folder, written));
      },
    });
  } finally {
    await Promise.all([world.close(), metadata.close()]);
  }
};

/** The variables of a workload on an instance that runs as `instanceRole`. */
const instanceOf = (world: LocalWorld, metadataUrl: string, folder: string) => {
  const { AWS_ENDPOINT_URL, AWS_REGION, ROLEBRIDGE_CONFIG, ROLEBRIDGE_GOOGLE_ENDPOINT } =
    reachLocalWorld(world);
  return {
    AWS_ENDPOINT_URL,
    AWS_REGION,
    AWS_DEFAULT_REGION: AWS_REGION,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataUrl,
    ROLEBRIDGE_CONFIG,
    ROLEBRIDGE_GOOGLE_ENDPOINT,
    ...instanceVariables(loadSettings(world.configPath)),
    GOOGLE_ACCESS_DIR: join(folder, 'google-access'),
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'default.json'),
    GOOGLE_CLOUD_PROJECT: 'acme-data',
  };
};

/** With a leftover key, Google's libraries and the AWS SDK would not ask the metadata service. */
const keysToUnset = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
];

const textOf = ({ configPath, members }: LocalWorld, folder: string, { accounts = [] }: Written): string => {
  const [memberRegion = region] = regionsOf(loadSettings(configPath), members[0]?.accountId ?? '');
  return exampleText({ folder, accounts, memberRegion });
};
