import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { IAMClient, ListInstanceProfilesForRoleCommand } from '@aws-sdk/client-iam';
import { run } from '../../local/run-workload.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import type { AllowPolicy } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, startCommand, type Variables, variablesOf } from '../support/command-line.ts';
import { compileCache } from '../support/compile-cache.ts';
import { expectNoSecretIn } from '../support/secrets.ts';
import { reader, roleRef, settings, writer } from '../support/settings.ts';

/** Nothing listens at this address. */
const nowhere = 'http://127.0.0.1:1';

let cloud: Cloud;
let variables: Variables;
beforeAll(async () => {
  cloud = await startCloud();
  variables = variablesOf(cloud);
  cloud.addServiceAccount(reader);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
});
afterAll(() => cloud.close());

const without = (...names: readonly string[]): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));

describe('an error is one clear line, without a stack trace', () => {
  // Otherwise the SDK asks an instance's metadata service.
  const noInstance = { AWS_EC2_METADATA_DISABLED: 'true' };
  const cases: readonly (readonly [string, () => Variables, RegExp])[] = [
    [
      'no AWS credentials',
      () => ({
        ...without('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'),
        ...noInstance,
      }),
      /No AWS credentials found\. Sign in \(aws sso login\)/,
    ],
    [
      'AWS cannot be reached',
      () => ({ ...variables, AWS_ENDPOINT_URL: nowhere }),
      /asking STS who we are: 127\.0\.0\.1:1 refused the connection \(ECONNREFUSED\)\. Check the network/,
    ],
    [
      'AWS does not know the key',
      () => ({ ...variables, AWS_SECRET_ACCESS_KEY: 'wrong' }),
      /asking STS who we are: SignatureDoesNotMatch/,
    ],
    [
      'no Google credentials',
      () => ({
        ...without('GOOGLE_OAUTH_ACCESS_TOKEN'),
        GCE_METADATA_HOST: '127.0.0.1:1',
        METADATA_SERVER_DETECTION: 'none',
      }),
      /There are no Google credentials here .*gcloud auth application-default login/,
    ],
    [
      'no rolebridge.yml',
      () => ({ ...variables, ROLEBRIDGE_CONFIG: '/nonexistent/rolebridge.yml' }),
      /does not exist\. .*set ROLEBRIDGE_CONFIG/s,
    ],
  ];
  it.each(cases)('%s', async (_, environment, line) => {
    const said = await command(environment(), 'plan');
    expect(said).toMatchObject({ status: 1, stdout: '' });
    expect(said.stderr).toMatch(line);
    expect(said.stderr).toMatch(/^Error: /);
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it('credentials of another account', async () => {
    cloud.reconfigure({ accounts: [{ id: '999999999999', provider: 'aws-999999999999' }] });
    const said = await command(variables, 'plan');
    cloud.reconfigure({ accounts: [{ id: '111122223333', provider: 'aws-111122223333' }] });
    expect(said.stderr.trim()).toBe(
      'Error: The AWS credentials look into account 111122223333, not into account 999999999999 of rolebridge.yml.',
    );
  });

  it('a 403 is reported with the resource and the advice, and nothing unseen counts as gone', async () => {
    const token = cloud.google.issueToken('user:guest@example.com');
    const said = await command({ ...variables, GOOGLE_OAUTH_ACCESS_TOKEN: token }, 'plan');
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(/Not seen: the service accounts of project acme-data .*403/);
    expect(said.stdout).toContain('This plan does not cover what was not seen.');
    expect(said.stdout).not.toMatch(/^ +at /m);
  });

  it('Google cannot be reached', async () => {
    const said = await command({ ...variables, ROLEBRIDGE_GOOGLE_ENDPOINT: nowhere }, 'plan');
    expect(said).toMatchObject({ status: 1, stdout: expect.stringMatching(/Not seen: .*ECONNREFUSED/) });
  });

  it("shows no warning of Google's library about a metadata server", async () => {
    const server = createServer((_, response) => void response.writeHead(418).end('no metadata'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const environment = { ...without('GOOGLE_OAUTH_ACCESS_TOKEN'), NODE_NO_WARNINGS: '0' };
    const said = await command({ ...environment, GCE_METADATA_HOST: `127.0.0.1:${port}` }, 'plan');
    server.close();
    expect(said.stderr).toMatch(/^Error: There are no Google credentials here/);
    expect(said.stderr).not.toContain('Warning');
  });

  it('--verbose shows the details', async () => {
    const said = await command({ ...variables, AWS_SECRET_ACCESS_KEY: 'wrong' }, 'plan', '--verbose');
    expect(said.stderr).toMatch(/^ +at /m);
  });

  it('--json reports it as JSON', async () => {
    const said = await command({ ...variables, AWS_SECRET_ACCESS_KEY: 'wrong' }, 'plan', '--json');
    expect(said).toMatchObject({ status: 1, stderr: '' });
    expect(documentOf(said)).toEqual({
      version: 1,
      error: { message: expect.stringContaining('SignatureDoesNotMatch') },
    });
  });

  it.each([
    [['plan', '--tag', 'x=y'], '--tag and --untag apply to one role'],
    [['plan', '--role', 'a', '--tag', 'nonsense'], '--tag must be KEY=VALUE, not "nonsense"'],
    [['plan', '--account', '1'], 'Account 1 is not in rolebridge.yml (111122223333)'],
    [['plan', '--config', '/nope.yml'], '--config must name an existing file, not /nope.yml.'],
    [['plan', '--config', '/tmp'], '--config must name a regular file, and /tmp is a folder.'],
    [
      ['plan', '--config', '/dev/null'],
      '--config must name a regular file, and /dev/null is a pipe, a socket or a device.',
    ],
    [['plan', '--nonsense'], '(see rolebridge plan --help)'],
    [['credentials', 'serve', '--nonsense'], '(see rolebridge credentials serve --help)'],
    [['--nonsense'], '(see rolebridge --help)'],
    [['revoke'], 'Pass either --role NAME or --all.'],
    [['sweep', '--approve', 'x'], '16 hex digits'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['explain'], 'Pass the error text'],
    [['doctor', 'reports'], 'Too many arguments for doctor: reports. Did you mean --role reports?'],
    [['revoke', 'reports'], 'Too many arguments for revoke: reports. Did you mean --role reports?'],
    [['sweep', 'now'], 'Too many arguments for sweep: now.'],
    [['help', 'credentials', 'nonsense'], "unknown command 'credentials nonsense'"],
    [['local', 'up', '--minutes', 'x'], '--minutes must be a number from 1 to 20000, not "x"'],
    ...['0', '101', 'abc', '-1', '2.5', ''].map((count): [string[], string] => [
      ['local', 'up', '--accounts', count],
      `--accounts must be a whole number from 1 to 100, not "${count}"`,
    ]),
  ])('%j', async (args, line) => {
    const said = await command(variables, ...args);
    expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(line) });
  });
});

/** Presses Ctrl-C at the n-th call of a kind. */
const interrupt = async (hangAt: string, times: number, args: readonly string[]) => {
  let calls = 0;
  let hanging: () => void = () => undefined;
  const isHanging = new Promise<void>((resolve) => {
    hanging = resolve;
  });
  const release = cloud.aws.intercept(async ({ action, accessKeyId }) => {
    if (action !== hangAt || accessKeyId !== cloud.aws.admin.accessKeyId) return undefined;
    calls += 1;
    if (calls !== times) return undefined;
    hanging();
    await setTimeout(1_000);
    return undefined;
  });
  const { child, ended } = startCommand(variables, args);
  await isHanging;
  child.kill('SIGINT');
  const said = await ended;
  release();
  return said;
};
const interrupted = (last: string, ...lines: readonly string[]) => ({
  status: 130,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`${lines.join('[^]*')}[^]*^Interrupted\\.${last}\\n$`, 'm')),
});

describe('Ctrl-C', () => {
  it('while it reads: nothing was changed', async () => {
    expect(await interrupt('sts:GetCallerIdentity', 1, ['plan'])).toMatchObject(interrupted(''));
  });

  it('before untagging: the tag is still there', async () => {
    await cloud.createRole('app-c', { 'google-access': reader });
    await cloud.settled();
    const said = await interrupt('ssm:GetParametersByPath', 1, ['revoke', '--role', 'app-c', '--yes']);
    expect(said).toMatchObject(interrupted(''));
    expect(cloud.aws.iam.role('app-c')?.tags).toHaveLength(1);
  });

  it('after untagging: it has reported that the tag is gone, and the functions continue', async () => {
    const said = await interrupt('iam:GetRole', 2, ['revoke', '--role', 'app-c', '--yes']);
    expect(said).toMatchObject(
      interrupted(
        ' The tag google-access is gone, and the functions revoke the access\\. Role app-c may still have access\\. To wait for the proof: rolebridge revoke --role app-c',
        'Untagged\\.',
      ),
    );
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(await command(variables, 'revoke', '--role', 'app-c')).toMatchObject({ status: 0 });
  });
});

/** As an administrator would do with gcloud. */
const bindByHand = async (environment: Variables, roleName: string): Promise<void> => {
  const account = `${environment['ROLEBRIDGE_GOOGLE_ENDPOINT']}/v1/projects/-/serviceAccounts/${writer}`;
  const ask = async (verb: string, body: object): Promise<AllowPolicy> => {
    const answer = await fetch(`${account}:${verb}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${environment['GOOGLE_OAUTH_ACCESS_TOKEN']}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as AllowPolicy;
  };
  const policy = await ask('getIamPolicy', { options: { requestedPolicyVersion: 3 } });
  const bindings = [
    ...(policy.bindings ?? []),
    { role: workloadIdentityUser, members: [memberOf(settings, roleRef(roleName))] },
  ];
  await ask('setIamPolicy', { policy: { ...policy, version: 3, bindings } });
};

/** A world that a failed test leaves behind would keep Jest waiting. */
const worlds: ChildProcess[] = [];
const startWorld = (...options: readonly string[]) => {
  const started = startCommand({ NODE_NO_WARNINGS: '0' }, ['local', 'up', '--json', ...options]);
  worlds.push(started.child);
  return started;
};
afterEach(() => {
  for (const world of worlds.splice(0)) world.kill('SIGINT');
});

describe('local up', () => {
  it('runs until Ctrl-C, shows how to reach it, and leaves nothing behind', async () => {
    const { child, output, ended } = startWorld();
    while (!output.stdout.includes('environmentFile')) await setTimeout(50);
    expect(documentErrors('local up', JSON.parse(output.stdout))).toEqual([]);
    const { environment, environmentFile } = JSON.parse(output.stdout) as {
      environment: Variables;
      environmentFile: string;
    };
    const said = await command(environment, 'roles');
    expect(said).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^reports +default +reader@acme-data/m),
    });
    // A sweep has seen the table before someone binds by hand, as after a deploy.
    await bindByHand(environment, 'intern');
    expect(await command(environment, 'sweep')).toMatchObject({
      status: 2,
      stdout: expect.not.stringContaining('emptied'),
    });
    const sourced = await run('sh', ['-c', `. ${environmentFile} && echo $ROLEBRIDGE_CONFIG`], {});
    expect(sourced).toEqual({ ok: true, output: environment['ROLEBRIDGE_CONFIG'] });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
    for (const path of [environmentFile, environment['ROLEBRIDGE_CONFIG'] ?? ''])
      expect(existsSync(path)).toBe(false);
  });
});

describe('local up --empty', () => {
  it('starts both clouds without rolebridge, for init and setup', async () => {
    const { child, output, ended } = startWorld('--empty');
    while (!output.stdout.includes('environmentFile')) await setTimeout(50);
    expect(documentErrors('local up', JSON.parse(output.stdout))).toEqual([]);
    const { environment } = JSON.parse(output.stdout) as { environment: Variables };
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-first-'));
    const config = join(folder, 'rolebridge.yml');
    cpSync('rolebridge.yml', config);
    const setup = (...args: readonly string[]) =>
      command({ ...environment, ROLEBRIDGE_CONFIG: config }, 'setup', ...args);
    expect(await setup('--dry-run')).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('+ create pool aws-roles'),
    });
    expect(await setup('--yes', '--opt-in', reader)).toMatchObject({ status: 0 });
    expect(await setup('--dry-run')).toMatchObject({ stdout: expect.stringContaining('Nothing to do') });
    rmSync(folder, { recursive: true });
    expect(await profilesOf('reports', environment)).toEqual(['reports']);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });
});

/** Without one, doctor fails, because no instance can run as the role. */
const profilesOf = async (RoleName: string, environment: Variables): Promise<readonly unknown[]> => {
  const iam = new IAMClient({
    region: 'us-east-1',
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: environment['AWS_SESSION_TOKEN'] ?? '',
    },
  });
  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  iam.destroy();
  return InstanceProfiles.map(({ InstanceProfileName }) => InstanceProfileName);
};

describe('the built program', () => {
  const built = join(process.cwd(), 'dist/rolebridge.mjs');
  const env = { HOME: '/nonexistent', ROLEBRIDGE_STARTED_AS: 'rolebridge', ...compileCache };

  it('runs anywhere, as one file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-anywhere-'));
    const ran = await run(
      'sh',
      ['-c', `cp ${built} ${folder}/r.mjs && cd ${folder} && ${process.execPath} r.mjs plan`],
      {
        ...env,
        ...variables,
      },
    );
    rmSync(folder, { recursive: true });
    expectNoSecretIn([ran.output]);
    expect(ran).toEqual({ ok: true, output: expect.stringContaining('Nothing to do') });
  });

  it('names the version of Node that it needs', async () => {
    const ran = await run(process.execPath, ['-r', './tests/support/old-node.cjs', built, '--help'], env);
    expect(ran).toMatchObject({
      ok: false,
      output: 'rolebridge needs Node 24 or later, and this is v20.0.0.',
    });
  });

  it.each([
    'setup',
    'plan',
    'doctor',
    'explain',
    'roles',
    'revoke',
    'resume',
    'forget',
    'adopt',
    'sweep',
    'local up',
    'credentials serve',
  ])('shows help for %s, with examples', async (name) => {
    const words = name.split(' ');
    const [ran, same] = await Promise.all(
      [
        ['help', ...words],
        [...words, '--help'],
      ].map((args) => run(process.execPath, [built, ...args], env)),
    );
    expect(same).toEqual(ran);
    expect(ran).toEqual({ ok: true, output: expect.stringContaining(`Examples:\n  rolebridge ${name}`) });
    for (const option of ['--stage <name>', '--json', '--verbose', '--no-color'])
      expect(ran?.output).toContain(option);
  });

  it('prints no colors in a pipe', async () => {
    const said = await command(variables, 'roles');
    expect(said.stdout).not.toContain(String.fromCharCode(27));
    const forced = { ...variables, FORCE_COLOR: '1' };
    expect((await command(forced, 'roles')).stdout).toContain(String.fromCharCode(27));
    expect((await command({ ...forced, NO_COLOR: '1' }, 'roles')).stdout).not.toContain(
      String.fromCharCode(27),
    );
  });
});

// This test is last, because it leaves a world in which the rules are stopped.
it('Ctrl-C while everything is being revoked: it has reported that the rules are stopped', async () => {
  const said = await interrupt('lambda:InvokeFunction', 1, ['revoke', '--all', '--yes']);
  expect(said).toMatchObject({ status: 130, stdout: '' });
  expect(said.stderr).toContain('Stopped the rule rolebridge-prod-role-events.');
  expect(said.stderr).toMatch(
    /^Interrupted\. The rules are stopped, .* some access may remain\. To continue: rolebridge revoke --all\. /m,
  );
});
