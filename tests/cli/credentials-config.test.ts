import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { parameterName } from '../../shared/core/grant-parameters.ts';
import { startBridge } from '../support/bridge.ts';
import { command, type Said, type Variables } from '../support/command-line.ts';
import { poisonedConfigs } from '../support/poisoned-configs.ts';
import { accountId, reader, roleRef, settings } from '../support/settings.ts';

const endpoint = 'http://127.0.0.1:1338';
const config = credentialConfig(settings, `aws-${accountId}`, reader);
const pointed = (to = endpoint) =>
  JSON.parse(JSON.stringify(config).replaceAll('http://169.254.169.254', to)) as typeof config;

let folder: string;
let aws: AwsWorld;
let variables: Variables;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-config-'));
  aws = await startAws({ accountId });
  const { accessKeyId, secretAccessKey, sessionToken } = aws.issueRoleCredentials('a+b', 'task-1');
  variables = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: aws.url,
    ROLEBRIDGE_CONFIG: join(folder, 'rolebridge.yml'),
    GOOGLE_ACCESS_POOLS: '123456789012/aws-roles',
  };
});
afterEach(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

const publish = (role: string, grant: string, prefix = '/google-access', value: unknown = config): void => {
  const name = parameterName(prefix, roleRef(role), grant);
  aws.ssm
    .parameters('eu-west-1')
    .set(name, { name, value: JSON.stringify(value), description: '', version: 1 });
};
const print = (...args: readonly string[]): Promise<Said> =>
  command(variables, 'credentials', 'config', ...args);
const printed = async (...args: readonly string[]): Promise<unknown> => {
  const said = await print(...args);
  expect(said).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(said.stdout);
};

it("prints the config of the current role, from a region's parameters, with a name that parameters cannot spell", async () => {
  publish('a+b', 'default');
  expect(await printed()).toEqual(pointed());
  expect(aws.calls.map(({ action }) => action)).toEqual(['sts:GetCallerIdentity', 'ssm:GetParameter']);
});

it('accepts a role, a grant, a prefix and an endpoint', async () => {
  publish('reports', 'writer', '/other');
  const args = [
    '--role',
    'reports',
    '--grant',
    'writer',
    '--prefix',
    '/other',
    '--endpoint',
    'http://[::1]:99/',
  ];
  expect(await printed(...args, '--account', accountId)).toEqual(pointed('http://[::1]:99'));
  expect(aws.calls.map(({ action }) => action)).toEqual(['ssm:GetParameter']);
});

it.each(['App-Prod', 'app-prod', 'APP-PROD'])(
  'invariant 7: for a role that is named %s, reads its folder in lower case',
  async (role) => {
    publish('App-Prod', 'default');
    expect(await printed('--role', role, '--account', accountId)).toEqual(pointed());
    expect(aws.calls.map(({ input }) => input['Name'])).toEqual(['/google-access/app-prod/default']);
  },
);

it('uses the prefix of rolebridge.yml, if there is one; and makes the config from it without any call', async () => {
  publish('a+b', 'default', '/mine');
  const { formerParameterPrefixes: _, ...file } = settings;
  const endpoints = { sts: 'https://psc.example' };
  const mine = { ...file, google: { ...file.google, endpoints }, parameterPrefix: '/mine' };
  writeFileSync(join(folder, 'rolebridge.yml'), stringify(mine));
  expect(await printed()).toEqual(pointed());
  const calls = aws.calls.length;
  expect(await printed('--service-account', reader)).toEqual({
    ...pointed(),
    token_url: 'https://psc.example/v1/token',
  });
  expect(aws.calls).toHaveLength(calls);
});

it('from a file to a file: atomic and complete, readable by everyone', async () => {
  const [from, output] = [join(folder, 'from.json'), join(folder, 'default.json')];
  writeFileSync(from, JSON.stringify(config));
  writeFileSync(output, 'old');
  const said = await print('--from', from, '--output', output);
  expect(said).toEqual({ status: 0, stdout: '', stderr: `rolebridge: wrote ${output}\n` });
  expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual(pointed());
  expect(statSync(output).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder).toSorted()).toEqual(['default.json', 'from.json']);
});

describe('for a Google role on a resource', () => {
  const direct = credentialConfig(settings, `aws-${accountId}`);
  const plantProject = (value: string): void => {
    const name = parameterName('/google-access', roleRef('a+b'), 'in.project');
    aws.ssm.parameters('eu-west-1').set(name, { name, value, description: '', version: 1 });
  };
  const said = 'rolebridge: its clients use the project acme-data: set GOOGLE_CLOUD_PROJECT=acme-data\n';
  beforeEach(() => publish('a+b', 'in', '/google-access', direct));

  it('writes the variables of its clients beside the config, and prints their project', async () => {
    plantProject('acme-data');
    const output = join(folder, 'in.json');
    const variablesPath = join(folder, 'in.env');
    expect(await print('--grant', 'in', '--output', output)).toEqual({
      status: 0,
      stdout: '',
      stderr: `${said}rolebridge: wrote ${output}\nrolebridge: wrote ${variablesPath}\n`,
    });
    expect(readFileSync(output, 'utf8')).toBe(
      `${JSON.stringify(direct, null, 2).replaceAll('http://169.254.169.254', endpoint)}\n`,
    );
    expect(readFileSync(variablesPath, 'utf8')).toBe(
      `GOOGLE_APPLICATION_CREDENTIALS=${output}\nGOOGLE_CLOUD_PROJECT=acme-data\n`,
    );
    expect(statSync(variablesPath).mode & 0o777).toBe(0o644);
    expect(await print('--grant', 'in')).toMatchObject({ status: 0, stderr: said });
  });

  it('writes no variables if the path would not survive a shell', async () => {
    plantProject('acme-data');
    const output = join(folder, 'in $x.json');
    expect(await print('--grant', 'in', '--output', output)).toMatchObject({
      status: 0,
      stderr: `${said}rolebridge: wrote ${output}\n`,
    });
    expect(readdirSync(folder)).toEqual(['in $x.json']);
  });

  it('works without a published project, and refuses one of another form', async () => {
    const output = join(folder, 'in.json');
    expect(await print('--grant', 'in', '--output', output)).toMatchObject({
      status: 0,
      stderr: `rolebridge: wrote ${output}\n`,
    });
    rmSync(output);
    plantProject('acme-data\nPATH=/tmp');
    expect(await print('--grant', 'in', '--output', output)).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(
        '/google-access/a.2bb/in.project is not a project that rolebridge publishes: it is not the id of a Google Cloud project.',
      ),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

it.each<[string, readonly string[]]>([
  ['is not of the form http://127.0.0.1:1338', ['--endpoint', '127.0.0.1:1338']],
  ['is another machine', ['--endpoint', 'http://10.0.0.1:1338']],
  ['--from /dev/null/x cannot be read', ['--from', '/dev/null/x']],
  ['has no parameter /google-access/nobody/default', ['--role', 'nobody']],
  ['"token_url" is https://evil.example/v1/token, which is not at an endpoint', ['--role', 'poisoned']],
  ['/google-access/key/default is not a config that rolebridge publishes', ['--role', 'key']],
  [
    'which is not a provider of a trusted pool for this AWS account',
    ['--role', 'reports', '--account', '444455556666'],
  ],
  ['must be the e-mail of a service account, not "direct"', ['--service-account', 'direct']],
  ['Pass either --from or --service-account', ['--from', 'x', '--service-account', reader]],
  ['The prefix "foo" is not a path', ['--role', 'reports', '--prefix', 'foo']],
  ['--account must be an AWS account id of 12 digits', ['--role', 'reports', '--account', 'me']],
  ['--output /dev/null/x cannot be written', ['--role', 'reports', '--output', '/dev/null/x']],
])('%s: one line', async (words, args) => {
  publish('reports', 'default');
  publish('poisoned', 'default', '/google-access', { ...config, token_url: 'https://evil.example/v1/token' });
  publish('key', 'default', '/google-access', { type: 'service_account', private_key: 'planted' });
  const { status, stdout, stderr } = await print(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(words)]);
  expect(stderr).not.toContain('planted');
});

it('accepts an endpoint elsewhere with its own token endpoint, if both are configured', async () => {
  publish('reports', 'default', '/google-access', { ...config, token_url: 'https://psc.example/v1/token' });
  variables = { ...variables, GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://other.example https://psc.example' };
  const args = ['--role', 'reports', '--endpoint', 'http://10.0.0.1:1338', '--allow-remote'];
  expect(await printed(...args)).toEqual({
    ...pointed('http://10.0.0.1:1338'),
    token_url: 'https://psc.example/v1/token',
  });
});

describe('trusted values', () => {
  const from = (text: string): string => {
    const path = join(folder, 'from.json');
    writeFileSync(path, text);
    return path;
  };
  const account = ['--account', accountId];

  // One process for each would take minutes. tests/core gives the whole table to rewriteConfig, which decides.
  it('refuses what boot/fetch refuses', async () => {
    const chosen = poisonedConfigs.filter((_, index) => index % 150 === 0);
    expect(chosen.length).toBeGreaterThan(5);
    for (const { name, text } of chosen) {
      const { status, stderr } = await print('--from', from(text), ...account);
      expect({ name, status, stderr }).toEqual({
        name,
        status: 1,
        stderr: expect.stringContaining('is not a config that rolebridge publishes'),
      });
    }
  });

  it('the pool is the one of rolebridge.yml, unless GOOGLE_ACCESS_POOLS names others', async () => {
    const { formerParameterPrefixes: _, ...file } = settings;
    writeFileSync(join(folder, 'rolebridge.yml'), stringify(file));
    const { GOOGLE_ACCESS_POOLS: __, ...rest } = variables;
    variables = rest;
    const calls = aws.calls.length;
    expect(await printed('--from', from(JSON.stringify(config)))).toEqual(pointed());
    expect(aws.calls).toHaveLength(calls);
    variables = { ...rest, GOOGLE_ACCESS_POOLS: '1/other-pool' };
    expect(await print('--from', from(JSON.stringify(config)))).toMatchObject({ status: 1 });
  });

  it('without either, nothing is trusted, and no call is made', async () => {
    const { GOOGLE_ACCESS_POOLS: _, ...rest } = variables;
    variables = rest;
    expect(await print('--role', 'reports', ...account)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        'Set GOOGLE_ACCESS_POOLS (rolebridge boot --print environment prints it)',
      ),
    });
    expect(aws.calls).toEqual([]);
  });

  it.each<[string, Variables]>([
    ['GOOGLE_ACCESS_POOLS: "x" is not', { GOOGLE_ACCESS_POOLS: 'x' }],
    ['GOOGLE_ACCESS_PROVIDERS: "x" is not', { GOOGLE_ACCESS_PROVIDERS: 'x' }],
    [
      'GOOGLE_ACCESS_TRUSTED_ENDPOINTS: "psc.example" is not',
      { GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'psc.example' },
    ],
  ])('%s: an entry of the wrong form is an error', async (words, wrong) => {
    variables = { ...variables, ...wrong };
    expect(await print('--from', from(JSON.stringify(config)), ...account)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(words),
    });
  });

  it("the provider may belong to the caller's own account, with another name, below GOOGLE_ACCESS_PREFIX", async () => {
    const custom = JSON.parse(JSON.stringify(config).replace('aws-111122223333', 'custom')) as unknown;
    publish('a+b', 'default', '/mine', custom);
    variables = { ...variables, GOOGLE_ACCESS_PREFIX: '/mine' };
    expect(await print()).toMatchObject({ status: 1 });
    variables = { ...variables, GOOGLE_ACCESS_PROVIDERS: `${accountId}=custom` };
    expect(await printed()).toMatchObject({ audience: expect.stringContaining('/providers/custom') });
  });

  it('the config may point to the metadata service of the machine itself', async () => {
    const args = ['--from', from(JSON.stringify(config)), ...account, '--endpoint', 'http://169.254.169.254'];
    expect(await printed(...args)).toEqual(config);
  });
});

describe('check', () => {
  const check = (...args: readonly string[]) => command(variables, 'credentials', 'check', ...args);

  it('shows whose credentials there are, and fails if there are none', async () => {
    const bridge = await startBridge(variables);
    expect(await check('--endpoint', bridge.url)).toEqual({
      status: 0,
      stdout: 'Credentials of role a+b.\n',
      stderr: '',
    });
    await bridge.end();
    const gone = await check('--endpoint', bridge.url);
    expect(gone).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Nothing answers at http://127'),
    });
    const { AWS_ACCESS_KEY_ID: _, ...rest } = variables;
    const empty = await startBridge({ ...rest, AWS_EC2_METADATA_DISABLED: 'true' });
    const without = await check('--endpoint', empty.url);
    expect(without).toMatchObject({ status: 1, stderr: expect.stringContaining('answered 503') });
    await empty.end('SIGINT');
  });
});
