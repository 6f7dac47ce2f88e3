import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import { type LocalWorld, startLocalWorld } from '../../../local/world.ts';
import { loadSettings } from '../../../shared/config/config.ts';
import { colors } from '../../colors.ts';
import { seedExample } from '../../example-world.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { instanceVariables } from '../../instance-variables.ts';
import { reachLocalWorld } from '../../reach-local-world.ts';
import type { Terminal } from '../../terminal.ts';
import { environmentFile } from './environment-file.ts';
import { region, runUntilEnd, timeScale, writeEnvironment } from './run-until-end.ts';

/** The role of the instance whose metadata the local world serves; the example gives it access. */
const instanceRole = 'reports';

/** Both clouds with the packaged stack and example roles, and an instance. */
export const runExampleWorld = async (terminal: Terminal, milliseconds: number): Promise<ExitCode> => {
  const world = await startLocalWorld({ timeScale });
  const metadata = await startInstanceMetadata(() => ({
    accountId: world.aws.accountId,
    roleName: instanceRole,
    region,
    credentials: world.aws.issueRoleCredentials(instanceRole, 'i-0123456789abcdef0'),
  }));
  try {
    await terminal.progress('Filling the local world', () => seedExample(world));
    return await runUntilEnd(terminal, milliseconds, {
      tick: () => void world.stack.tick(),
      show: (folder) => {
        const written = writeEnvironment(folder, world, reachLocalWorld(world));
        const instance = instanceOf(world, metadata.url, folder);
        const instanceFile = join(folder, 'instance');
        writeFileSync(instanceFile, environmentFile(instance, keysToUnset), { mode: 0o600 });
        terminal.show({ ...written, instance, instanceFile }, () => textOf(folder));
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

const textOf = (folder: string): string =>
  `Both clouds run on this machine, with the packaged stack between them. In another terminal:

  ${colors.bold(`. ${join(folder, 'environment')}`)}

and then, for example:

  rolebridge roles
  rolebridge doctor
  aws iam tag-role --role-name app-batch --tags Key=google-access,Value=reader@acme-data.iam.gserviceaccount.com
  rolebridge plan --role reports --untag google-access
  gcloud iam service-accounts get-iam-policy reader@acme-data.iam.gserviceaccount.com --project acme-data
  rolebridge revoke --role reports

To be a workload on an instance that runs as the role reports, in yet another terminal:

  ${colors.bold(`. ${join(folder, 'instance')}`)}
  rolebridge credentials config --endpoint "$AWS_EC2_METADATA_SERVICE_ENDPOINT" --output "$GOOGLE_APPLICATION_CREDENTIALS"

and then run the programs of docs/use: node.md and python.md show how.

Time runs ten times as fast: a second look comes after 12 s, a sweep every 6 minutes. Ctrl-C stops it and removes everything. To leave it in the other terminal: deactivate`;
