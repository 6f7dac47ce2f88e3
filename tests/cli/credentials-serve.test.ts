import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { type BridgeProcess, metadataClient, startBridge, startBuiltBridge } from '../support/bridge.ts';
import { command } from '../support/command-line.ts';
import { type Container, planted, startContainer } from '../support/container.ts';
import { accountId } from '../support/settings.ts';

let aws: AwsWorld;
let container: Container;
let bridge: BridgeProcess | undefined;

beforeEach(async () => {
  aws = await startAws({ accountId });
  container = await startContainer(aws.url);
});
afterEach(async () => {
  await bridge?.end();
  bridge = undefined;
  await Promise.all([container.close(), aws.close()]);
});

const serve = async (...args: readonly string[]): Promise<BridgeProcess> => {
  bridge = await startBridge(container.variables, ...args);
  return bridge;
};
const roles = 'iam/security-credentials';

it('fifty concurrent requests cause one call upstream and one to STS; it prints one line, and ends in order', async () => {
  const credentials = aws.issueRoleCredentials('reports', 'task-1');
  container.give(credentials);
  const { url, end } = await serve();
  const client = metadataClient(url);
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.credentials()));
  expect(answers.map(({ SecretAccessKey }) => SecretAccessKey)).toEqual(
    answers.map(() => credentials.secretAccessKey),
  );
  expect(container.calls()).toBe(1);
  expect(aws.calls.map(({ action }) => action)).toEqual(['sts:GetCallerIdentity']);
  expect((await client.get('placement/availability-zone')).body).toBe('eu-west-1a');
  const { status, stdout, stderr } = await end();
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(stderr.trim().split('\n')).toEqual([
    `rolebridge: serving on ${url} in eu-west-1`,
    expect.stringMatching(/^rolebridge: credentials of role reports, valid until 2\d{3}-/),
    'rolebridge: ended',
  ]);
});

it('the built program is one file, and the only one that an image needs', async () => {
  const program = join(container.folder, 'rolebridge.mjs');
  copyFileSync('dist/rolebridge.mjs', program);
  container.give(aws.issueRoleCredentials('reports', 'task-1'));
  bridge = await startBuiltBridge(program, container.variables);
  expect(await metadataClient(bridge.url).get(roles)).toEqual({ status: 200, body: 'reports' });
  expect(await bridge.end('SIGINT')).toMatchObject({ status: 0 });
});

it('renews before the expiry, without a gap, with the token that the file contains by then', async () => {
  container.give(aws.issueRoleCredentials('reports', 'task-1'), 16);
  const { url, says } = await serve();
  await says('credentials of role reports');
  const client = metadataClient(url);
  const second = aws.issueRoleCredentials('reports', 'task-1');
  container.give(second);
  container.rotateToken();
  const seen = new Set<string | undefined>();
  while (!seen.has(second.accessKeyId)) {
    seen.add((await client.credentials())['AccessKeyId']);
    await setTimeout(100);
  }
  expect(seen.size).toBe(2);
  expect(container.calls()).toBe(2);
});

it('upstream is down: serves valid credentials, then 503 and one line, and recovers', async () => {
  const credentials = aws.issueRoleCredentials('reports', 'task-1');
  container.give(credentials, 12);
  const { url, says, said } = await serve('--json');
  await says('credentials of role reports');
  const client = metadataClient(url);
  container.fail({ status: 500, body: JSON.stringify({ message: planted.secretAccessKey }) });
  await says('no new credentials');
  expect(await client.get(roles)).toMatchObject({ status: 200 });
  await says('there are none to serve');
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.get(roles)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  container.give(credentials);
  while ((await client.get(roles)).status !== 200) await setTimeout(100);
  const lines = said()
    .trim()
    .split('\n')
    // The document on standard output has lines of its own.
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ kind }) => kind)).toEqual([undefined, 'loaded', 'failed', 'failed', 'loaded']);
  expect(lines[2]?.['reason']).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI returned none');
});

it.each<[string, Parameters<Container['fail']>[0]]>([
  ['drops the connection', undefined],
  ['answers what is not JSON', { status: 200, body: `<${planted.secretAccessKey}>` }],
  [
    'answers what lacks a token',
    { status: 200, body: JSON.stringify({ SecretAccessKey: planted.secretAccessKey }) },
  ],
  ['answers another shape', { status: 200, body: `"${planted.secretAccessKey}"` }],
  ['refuses', { status: 403, body: JSON.stringify({ Code: 'no', Message: planted.secretAccessKey }) }],
])('an agent that %s: 503, one line, no secret', async (_, answer) => {
  container.fail(answer);
  const { url, says, said } = await serve();
  await says('no new credentials');
  expect(await metadataClient(url).get(roles)).toEqual({ status: 503, body: 'Service Unavailable' });
  expect(said()).not.toContain('lanted');
});

it.each<[string, string, Readonly<Record<string, string>>]>([
  ['no one', 'Could not load credentials from any providers', {}],
  [
    'a user',
    "the credentials are a user's long-lived keys",
    { AWS_ACCESS_KEY_ID: planted.accessKeyId, AWS_SECRET_ACCESS_KEY: planted.secretAccessKey },
  ],
])('credentials of %s: %s', async (_, words, keys) => {
  bridge = await startBridge({ AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true', ...keys });
  await bridge.says(words);
  expect(bridge.said()).toContain(words);
});

it('STS is down: the name is unknown, unless it is passed', async () => {
  container.give(planted);
  const { says, end } = await serve();
  await says('STS does not answer whose credentials these are (--role-name NAME needs no answer)');
  await end();
  const { url } = await serve('--role-name', 'reports');
  expect(await metadataClient(url).credentials()).toMatchObject({
    AccessKeyId: planted.accessKeyId,
    Token: planted.sessionToken,
  });
  expect(aws.calls).toEqual([]);
});

it.each([
  [['--host', '0.0.0.0'], '0.0.0.0 is not a loopback address'],
  [['--host', 'example.com'], 'example.com is not a loopback address'],
  [['--port', '70000'], '--port must be a number from 0 to 65535, not "70000"'],
  [['--port', 'x'], '--port must be a number from 0 to 65535, not "x"'],
])('%j is refused', async (args, words) => {
  const { status, stderr } = await command(container.variables, 'credentials', 'serve', ...args);
  expect({ status, lines: stderr.trim().split('\n') }).toEqual({
    status: 1,
    lines: [expect.stringContaining(words)],
  });
});

it('a port in use, its own address as upstream, and a missing region are each refused in one line', async () => {
  container.give(aws.issueRoleCredentials('reports', 'task-1'));
  const { url } = await serve();
  const { port } = new URL(url);
  const args = ['credentials', 'serve', '--port', port];
  const taken = await command(container.variables, ...args);
  expect(taken).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('another program listens there'),
  });
  const loop = { ...container.variables, AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
  const self = await command(loop, ...args);
  expect(self).toMatchObject({ status: 1, stderr: expect.stringContaining('names this very server') });
  const { AWS_REGION: _, ...nowhere } = container.variables;
  const lost = await command(nowhere, 'credentials', 'serve', '--port', '0');
  expect(lost).toMatchObject({ status: 1, stderr: expect.stringContaining('Set AWS_REGION') });
});

it('with --allow-remote, it serves on every address, with a warning; a foreign host name is still refused', async () => {
  container.give(planted);
  const { url, said } = await serve('--host', '0.0.0.0', '--allow-remote', '--role-name', 'reports');
  expect(said()).toContain('WARNING: on 0.0.0.0 anyone who can reach this port');
  const { port } = new URL(url);
  expect(await metadataClient(`http://127.0.0.1:${port}`).get(roles)).toEqual({
    status: 200,
    body: 'reports',
  });
});
