import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { askForToken, credentialVariables, run } from '../../local/run-workload.ts';
import { startCommand, type Variables } from '../support/command-line.ts';
import { findGoogleAuth, googleAuthVariables } from '../support/python-google-auth.ts';
import { programOf } from '../support/snippets.ts';

const googleAuth = findGoogleAuth();

interface Shown {
  readonly environment: Variables;
  readonly instance: Variables;
  readonly instanceFile: string;
}

let local: ReturnType<typeof startCommand>;
let shown: Shown;
/** The state of a checkout after `npm ci`. */
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-checkout-'));
  for (const name of ['node_modules', 'dist', 'local', 'boot'])
    symlinkSync(resolve(name), join(folder, name));
  local = startCommand({}, ['local', 'up', '--json']);
  while (!local.output.stdout.endsWith('}\n')) await setTimeout(50);
  shown = JSON.parse(local.output.stdout) as Shown;
});
afterAll(async () => {
  local.child.kill('SIGINT');
  await local.ended;
  rmSync(folder, { recursive: true });
});

/** Runs shell lines in the checkout. Its environment has leftover keys of an administrator. */
const inShell = (lines: string, more: Variables = {}) =>
  run('sh', ['-ec', `cd ${folder}\n${lines}`], {
    ...shown.environment,
    ...more,
    HOME: folder,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
  });

/** The lines of a page under "In the local world", with the person's values filled in. */
const linesOf = (page: string): string => {
  const [, section = ''] = readFileSync(page, 'utf8').split('## In the local world\n');
  const lines = section.split('\n').filter((line) => line.startsWith('    '));
  expect(lines).toHaveLength(4);
  return lines
    .join('\n')
    .replace('/tmp/rolebridge-local-XXXXXX/instance', shown.instanceFile)
    .replace('./rolebridge', 'node dist/rolebridge.mjs');
};

describe('someone follows the page in the local world', () => {
  it('docs/use/node.md works, with google-auth-library unchanged', async () => {
    writeFileSync(join(folder, 'datasets.mjs'), programOf('docs/use/node.md', 'js'));
    expect(await inShell(linesOf('docs/use/node.md'))).toEqual({
      ok: true,
      output: expect.stringMatching(/^acme-data:sales$/m),
    });
  });

  (googleAuth === undefined ? it.skip : it)(
    'docs/use/python.md, with google-auth as it is (is google-auth installed?)',
    async () => {
      writeFileSync(join(folder, 'datasets.py'), programOf('docs/use/python.md', 'python'));
      const variables = googleAuthVariables(googleAuth);
      expect(await inShell(linesOf('docs/use/python.md'), variables)).toEqual({
        ok: true,
        output: expect.stringMatching(/^acme-data:sales$/m),
      });
    },
  );
});

it('boot/fetch finds the config of the instance', async () => {
  const fetched = await inShell(`. ${shown.instanceFile}\nmkdir -p "$GOOGLE_ACCESS_DIR"\nsh boot/fetch`);
  expect(fetched).toEqual({ ok: true, output: expect.stringContaining('/google-access/default.json') });
});

it('the instance has the role and its region, but only with the token of the handshake', async () => {
  const metadata = `${shown.instance['AWS_EC2_METADATA_SERVICE_ENDPOINT']}/latest`;
  expect((await fetch(`${metadata}/meta-data/placement/region`)).status).toBe(401);
  const handshake = await fetch(`${metadata}/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  const headers = { 'x-aws-ec2-metadata-token': await handshake.text() };
  const read = async (path: string) => (await fetch(`${metadata}/meta-data/${path}`, { headers })).text();
  expect(await read('placement/region')).toBe('us-east-1');
  expect(await read('iam/security-credentials/')).toBe('reports');
});

it('a session of sts:AssumeRole gets a token of Google, and a role without access gets none', async () => {
  const { environment, instance } = shown;
  const sts = new STSClient({
    region: 'us-east-1',
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: environment['AWS_SESSION_TOKEN'] ?? '',
    },
  });
  const tokenAs = async (role: string) => {
    const { Credentials: credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::111122223333:role/${role}`, RoleSessionName: 'laptop' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
    const variables = credentialVariables({
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    });
    const config = join(folder, 'config.json');
    const written = await inShell(
      `node dist/rolebridge.mjs credentials config --role reports --endpoint "$AWS_EC2_METADATA_SERVICE_ENDPOINT" --output ${config}`,
      { ...instance, ...environment },
    );
    expect(written.ok).toBe(true);
    return askForToken(config, { ...variables, AWS_REGION: 'us-east-1' });
  };
  expect(await tokenAs('reports')).toMatchObject({ ok: true });
  expect(await tokenAs('intern')).toMatchObject({
    ok: false,
    output: expect.stringContaining('iam.serviceAccounts.getAccessToken'),
  });
  sts.destroy();
});
