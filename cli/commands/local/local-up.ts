import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import { type LocalWorld, startLocalWorld } from '../../../local/world.ts';
import { loadSettings } from '../../../shared/config/config.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { colors } from '../../colors.ts';
import { seedExample } from '../../example-world.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { instanceVariables } from '../../instance-variables.ts';
import { inLocalHome } from '../../local-home.ts';
import { reachLocalWorld } from '../../reach-local-world.ts';
import type { Terminal } from '../../terminal.ts';
import { environmentFile } from './environment-file.ts';

export interface LocalUpOptions {
  readonly minutes: string;
}

/** A second look comes after 12 seconds instead of two minutes. */
const timeScale = 0.1;
/** The role of the instance whose metadata the local world serves; the example gives it access. */
const instanceRole = 'reports';
const region = 'us-east-1';
const hourMilliseconds = 3_600_000;

/** Keeps both stand-ins and the packaged stack running. */
export const localUp = async (terminal: Terminal, { minutes }: LocalUpOptions): Promise<ExitCode> => {
  const milliseconds = minutesOf(minutes) * 60_000;
  return inLocalHome(terminal, () => runFor(milliseconds, terminal));
};

const runFor = async (milliseconds: number, terminal: Terminal): Promise<ExitCode> => {
  const world = await startLocalWorld({ timeScale });
  const metadata = await startInstanceMetadata(() => ({
    accountId: world.aws.accountId,
    roleName: instanceRole,
    region,
    credentials: world.aws.issueRoleCredentials(instanceRole, 'i-0123456789abcdef0'),
  }));
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-local-'));
  const sweeps = setInterval(() => void world.stack.tick(), hourMilliseconds * timeScale);
  try {
    await terminal.progress('Filling the local world', () => seedExample(world));
    const environment = environmentOf(world, folder);
    const instance = instanceOf(world, metadata.url, folder);
    writeFileSync(environment.CLOUDSDK_AUTH_ACCESS_TOKEN_FILE, world.google.adminToken, { mode: 0o600 });
    writeFileSync(join(folder, 'environment'), environmentFile(environment), { mode: 0o600 });
    writeFileSync(join(folder, 'instance'), environmentFile(instance, keysToUnset), { mode: 0o600 });
    terminal.show(
      {
        environment,
        environmentFile: join(folder, 'environment'),
        instance,
        instanceFile: join(folder, 'instance'),
      },
      () => text(folder),
    );
    await wait(terminal.signal, milliseconds);
    if (!terminal.isJson) terminal.say(closingText(terminal.signal));
    return exitCodes.done;
  } finally {
    clearInterval(sweeps);
    await Promise.all([world.close(), metadata.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
};

const minutesOf = (minutes: string): number => {
  const number = Number(minutes);
  if (!(number > 0 && number <= 20_000))
    throw new PermanentError(`--minutes must be a number from 1 to 20000, not "${minutes}".`);
  return number;
};

/** The variables that send programs, including gcloud, to the local world. */
const environmentOf = (world: LocalWorld, folder: string) => ({
  ...reachLocalWorld(world),
  // Not every program reads AWS_REGION.
  AWS_DEFAULT_REGION: region,
  CLOUDSDK_CONFIG: join(folder, 'gcloud'),
  CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(folder, 'google-token'),
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  ...Object.fromEntries(
    ['IAM', 'IAMCREDENTIALS', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE'].map((api) => [
      `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
      `${world.google.url}/`,
    ]),
  ),
});

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

const text = (folder: string): string =>
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

const closingText = ({ aborted }: AbortSignal): string =>
  `${aborted ? '' : 'The time is up (--minutes). '}Both clouds are stopped, and their files are removed. In each terminal that used them: deactivate`;

/** Returns after Ctrl-C, or when the time is up. */
const wait = async (signal: AbortSignal, milliseconds: number): Promise<void> => {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch {
    // Ctrl-C is how people stop it.
  }
};
