import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parse, stringify } from 'yaml';
import { withoutComments } from '../../cli/commands/boot/instance-files.ts';
import { ownParametersPolicy } from '../../cli/commands/boot/own-parameters-policy.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { authorize } from '../support/authorize.ts';
import { command } from '../support/command-line.ts';
import { isInstalled, type LocalInstance, pathOf, runGroup, startInstance } from '../support/instance.ts';
import { accountId, reader, roleRef, settings } from '../support/settings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-boot-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** rolebridge.yml with the given changes. */
const configured = (changes: Readonly<Record<string, unknown>>): string => {
  const path = join(mkdtempSync(join(folder, 'config-')), 'rolebridge.yml');
  writeFileSync(path, stringify({ ...settings, ...changes }));
  return path;
};
const print = async (what: string, config = configured({}), ...more: readonly string[]): Promise<string> => {
  const said = await command({ ROLEBRIDGE_CONFIG: config }, 'boot', '--print', what, ...more);
  expect(said).toMatchObject({ status: 0, stderr: '' });
  return said.stdout;
};

const script = readFileSync('boot/fetch', 'utf8');
const psc = { sts: 'https://sts-acme.p.googleapis.com', iamcredentials: 'https://10.0.0.7:8443' };
const ownPlaces = () =>
  configured({
    parameterPrefix: '/acme/google',
    accounts: [{ id: accountId, provider: 'custom' }],
    google: { ...settings.google, endpoints: { ...psc, iam: 'https://iam.acme.example' } },
  });

interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly encoding?: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly (readonly string[])[];
}
const filesOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (parse(text) as CloudConfig).write_files.map(({ path, encoding, content }) => [
      path,
      encoding === 'gz+b64' ? gunzipSync(Buffer.from(content, 'base64')).toString() : content,
    ]),
  );

/** boot/fetch with the defaults of a deployment. */
const filledIn = (defaults: Readonly<Record<string, string>>): string =>
  Object.entries(defaults).reduce(
    (text, [name, value]) => text.replace(new RegExp(`\\{${name}:-[^}]*\\}`), `{${name}:-${value}}`),
    script,
  );
const usual = filledIn({ GOOGLE_ACCESS_POOLS: '123456789012/aws-roles' });

describe('the script', () => {
  it('is boot/fetch with the pool of the deployment', async () => {
    expect(await print('script')).toBe(usual);
  });

  it('also has the prefix, the endpoints and the providers of the deployment', async () => {
    expect(await print('script', ownPlaces())).toBe(
      filledIn({
        GOOGLE_ACCESS_PREFIX: '/acme/google',
        GOOGLE_ACCESS_POOLS: '123456789012/aws-roles',
        GOOGLE_ACCESS_PROVIDERS: `${accountId}=custom`,
        GOOGLE_ACCESS_TRUSTED_ENDPOINTS: 'https://sts-acme.p.googleapis.com https://10.0.0.7:8443',
      }),
    );
  });

  it('does the same without its comments', () => {
    const lines = withoutComments(script).split('\n');
    const isComment = (line: string): boolean => /^ *#/.test(line);
    expect(lines.filter(isComment)).toEqual(
      script.split('\n').slice(
        0,
        lines.findIndex((line) => !isComment(line)),
      ),
    );
    expect(lines.filter((line) => !isComment(line))).toEqual(
      script.split('\n').filter((line) => !isComment(line)),
    );
  });

  it('rejects an endpoint that a shell would execute', async () => {
    const config = configured({
      google: { ...settings.google, endpoints: { sts: 'https://a}$(reboot)' } },
    });
    const said = await command({ ROLEBRIDGE_CONFIG: config }, 'boot', '--print', 'script');
    expect(said).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('google.endpoints'),
    });
  });
});

describe('cloud-init', () => {
  it('writes boot/fetch and the units, and starts them', async () => {
    const text = await print('cloud-init');
    expect(text).toMatch(/^#cloud-config\n/);
    expect(filesOf(text)).toEqual({
      '/usr/local/sbin/google-access-fetch': withoutComments(usual),
      '/etc/systemd/system/google-access.service': withoutComments(
        readFileSync('boot/google-access.service', 'utf8'),
      ),
      '/etc/systemd/system/google-access.timer': withoutComments(
        readFileSync('boot/google-access.timer', 'utf8'),
      ),
    });
    const { write_files: files, runcmd } = parse(text) as CloudConfig;
    expect(files.map(({ permissions }) => permissions)).toEqual(['0755', '0644', '0644']);
    // Without --no-block, cloud-init would wait for the first grant. tests/conformance/boot.test.ts boots it.
    expect(runcmd).toEqual([
      ['systemctl', 'enable', 'google-access.timer', 'google-access.service'],
      ['systemctl', 'start', '--no-block', 'google-access.timer', 'google-access.service'],
    ]);
  });

  it('is filled in for the stack', async () => {
    const config = ownPlaces();
    const files = filesOf(await print('cloud-init', config));
    expect(files['/usr/local/sbin/google-access-fetch']).toBe(withoutComments(await print('script', config)));
  });

  (isInstalled('python3') ? it : it.skip)(
    'is the same to Python, which cloud-init is written in',
    async () => {
      const read =
        'import sys, yaml, gzip, base64; one = yaml.safe_load(sys.stdin)["write_files"][0]; sys.stdout.buffer.write(gzip.decompress(base64.b64decode(one["content"])))';
      const python = spawnSync('python3', ['-c', read], {
        input: await print('cloud-init'),
        encoding: 'utf8',
      });
      if (python.stderr.includes('No module named')) return;
      expect(python.stdout).toBe(withoutComments(usual));
    },
  );
});

it.each(['cloud-init', 'user-data'])('%s fits into the limit of EC2: 16 KB', async (what) => {
  expect(Buffer.byteLength(await print(what, ownPlaces()))).toBeLessThan(15_500);
});

describe('user-data', () => {
  let instance: LocalInstance;
  beforeEach(async () => {
    instance = await startInstance();
    instance.publish('default', reader);
  });
  afterEach(() => instance.close());

  it('puts every file into its place, and the files run', async () => {
    const root = mkdtempSync(join(folder, 'root-'));
    const userData = join(root, 'user-data.sh');
    writeFileSync(userData, await print('user-data'));
    const tools = join(root, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'systemctl'), '#!/bin/sh\necho "systemctl $*"\n', { mode: 0o755 });
    const ran = await runGroup([pathOf('sh'), userData], {
      PATH: `${tools}:${process.env['PATH'] ?? ''}`,
      GOOGLE_ACCESS_ROOT: root,
    });
    expect(ran).toEqual({
      ok: true,
      output: `systemctl --root=${root} enable google-access.timer google-access.service`,
    });
    const installed = join(root, 'usr/local/sbin/google-access-fetch');
    expect(statSync(installed).mode & 0o777).toBe(0o755);
    for (const name of ['google-access.service', 'google-access.timer'])
      expect(readFileSync(join(root, 'etc/systemd/system', name), 'utf8')).toBe(
        withoutComments(readFileSync(join('boot', name), 'utf8')),
      );
    expect(await runGroup([installed], instance.environment())).toMatchObject({ ok: true });
    expect(instance.files()).toContain('default.json');
  });

  it('starts the units of a running system without waiting for them', async () => {
    const lines = (await print('user-data')).split('\n').map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith('systemctl') && !line.includes('--root'))).toEqual([
      'systemctl enable google-access.timer google-access.service',
      'systemctl start --no-block google-access.timer google-access.service',
    ]);
  });

  /** The part of user data for systems without systemd, with all its paths below a folder. */
  it('without systemd it starts a fetch in the background, and its messages go to a file', async () => {
    const root = mkdtempSync(join(folder, 'root-'));
    const text = await print('user-data');
    const start = text.split('\nelse\n')[1]?.split('\nfi\n')[0] ?? '';
    const fetch = join(root, 'google-access-fetch');
    const go = join(root, 'go');
    // It only fetches when user data has ended: a start in the foreground would wait here until its time is up.
    writeFileSync(fetch, `#!/bin/sh\necho begins\nuntil [ -e ${go} ]; do sleep 0.1; done\necho ends\n`, {
      mode: 0o755,
    });
    const log = join(root, 'log');
    const moved = start.replace('/usr/local/sbin/google-access-fetch', fetch).replaceAll('/var/log', log);
    const ran = await runGroup([pathOf('sh'), '-euc', moved], { PATH: process.env['PATH'] ?? '' });
    expect(ran).toEqual({ ok: true, output: '' });
    writeFileSync(go, '');
    const messages = (): string => readFileSync(join(log, 'google-access.log'), 'utf8');
    while (!messages().includes('ends')) await sleep(50);
    expect(messages()).toBe('begins\nends\n');
  });
});

describe('environment', () => {
  it('is a file of the variables that boot/fetch and "credentials config" read', async () => {
    expect(await print('environment')).toBe(
      'GOOGLE_ACCESS_PREFIX=/google-access\nGOOGLE_ACCESS_POOLS=123456789012/aws-roles\n',
    );
    expect(await print('environment', ownPlaces())).toBe(
      [
        'GOOGLE_ACCESS_PREFIX=/acme/google',
        'GOOGLE_ACCESS_POOLS=123456789012/aws-roles',
        `GOOGLE_ACCESS_PROVIDERS=${accountId}=custom`,
        'GOOGLE_ACCESS_TRUSTED_ENDPOINTS=https://sts-acme.p.googleapis.com https://10.0.0.7:8443',
        '',
      ].join('\n'),
    );
  });

  it('is one object with --json', async () => {
    expect(JSON.parse(await print('environment', configured({}), '--json'))).toEqual({
      version: 1,
      variables: {
        GOOGLE_ACCESS_PREFIX: '/google-access',
        GOOGLE_ACCESS_POOLS: '123456789012/aws-roles',
        GOOGLE_ACCESS_PROVIDERS: '',
        GOOGLE_ACCESS_TRUSTED_ENDPOINTS: '',
      },
    });
  });
});

describe('systemd', () => {
  it('shows the units under their paths', async () => {
    const text = await print('systemd');
    expect(text.match(/^# \/etc.*$/gm)).toEqual([
      '# /etc/systemd/system/google-access.service',
      '# /etc/systemd/system/google-access.timer',
    ]);
  });

  it('--json gives all files, for other tools', async () => {
    const { files } = JSON.parse(await print('systemd', configured({}), '--json')) as {
      files: { path: string; mode: string; content: string }[];
    };
    expect(files.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      '0755 /usr/local/sbin/google-access-fetch',
      '0644 /etc/systemd/system/google-access.service',
      '0644 /etc/systemd/system/google-access.timer',
    ]);
  });

  /** Each version ignores directives, values and groups of system calls that are newer than it (docs/use/ec2.md). */
  it('old versions of systemd ignore no directive that the script needs', () => {
    const lines = readFileSync('boot/google-access.service', 'utf8').split('\n');
    const valuesOf = (name: string): readonly string[] =>
      lines.flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
    // systemd 219 reduces a list of allowed groups to execve and exit.
    for (const filter of valuesOf('SystemCallFilter')) expect(filter).toMatch(/^~/);
    // ProtectSystem=strict exists since 232, ConfigurationDirectory= since 235.
    expect(valuesOf('ConfigurationDirectory')).toEqual([]);
    expect(valuesOf('ExecStartPre')).toEqual(['+/bin/mkdir -p /etc/google-access']);
    expect(valuesOf('ReadWritePaths')).toEqual(['-/etc/google-access -/etc/profile.d']);
  });

  (isInstalled('systemd-analyze') ? it : it.skip)('systemd finds no fault in the units', () => {
    const units = mkdtempSync(join(folder, 'units-'));
    for (const name of ['google-access.service', 'google-access.timer']) {
      const text = readFileSync(join('boot', name), 'utf8');
      // It requires that the program exists.
      writeFileSync(join(units, name), text.replace('/usr/local/sbin/google-access-fetch', '/bin/true'));
    }
    const verified = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', join(units, 'google-access.service'), join(units, 'google-access.timer')],
      { encoding: 'utf8' },
    );
    expect(verified).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('the policy of a role', () => {
  it('allows one action on one path, in lower case like the folder', async () => {
    const policy: unknown = JSON.parse(await print('policy', ownPlaces(), '--role', 'A.b'));
    expect(policy).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'FetchOwnGoogleAccess',
          Effect: 'Allow',
          Action: 'ssm:GetParametersByPath',
          Resource: `arn:aws:ssm:*:${accountId}:parameter/acme/google/a..b`,
        },
      ],
    });
  });

  it.each([
    [[], 'The policy is for one role. Pass its name: rolebridge boot --print policy --role NAME.'],
    [['--role', 'path/name'], '"path/name" is not the name of a role'],
    [['--role', '*'], '"*" is not the name of a role'],
  ])('%j', async (more, line) => {
    const said = await command({ ROLEBRIDGE_CONFIG: configured({}) }, 'boot', '--print', 'policy', ...more);
    expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(line) });
  });

  const names = [
    'app',
    'app-x',
    'app.',
    'app..x',
    'app.x',
    'ap',
    'App-Z',
    'a+b',
    'a=b',
    'a,b',
    'a@b',
    'a.2bb',
    'a_b',
  ];
  const pairs = names.flatMap((holder) => names.map((asked) => [holder, asked] as const));

  /** A real policy evaluator decides what one role's policy allows on the parameters of another. */
  it('can read its own parameters in every region, and no other role’s', async () => {
    const instance = await startInstance();
    const wrong: string[] = [];
    for (const [holder, asked] of pairs) {
      instance.roleName = asked;
      instance.publish('default', reader);
      const policies = [{ ...ownParametersPolicy('/google-access', roleRef(holder)) }];
      let isAllowed: boolean | undefined;
      const undo = instance.aws.intercept(async (call) => {
        const reason = await authorize(call, policies);
        isAllowed = reason === undefined;
        return isAllowed
          ? { kind: 'proceed' }
          : { kind: 'error', status: 400, code: 'AccessDeniedException', message: reason ?? '' };
      });
      // The script itself calls where it must succeed. For the others, evaluating its call is enough.
      if (holder === asked) {
        const ran = await instance.fetch();
        if (!ran.ok) wrong.push(`${holder} should read its own: ${ran.output}`);
        const own = policies[0]?.Statement[0]?.Resource.replace('*', 'us-east-2') ?? '';
        if ((await authorize(callOn('GetParametersByPath', own), policies)) !== undefined)
          wrong.push(`${holder} should read its own in another region, too`);
      } else {
        const [own] = policies[0]?.Statement ?? [];
        const theirs = ownParametersPolicy('/google-access', roleRef(asked)).Statement[0]?.Resource ?? '';
        if (own?.Resource === theirs) wrong.push(`${holder} and ${asked} have one path`);
        isAllowed =
          (await authorize(callOn('GetParametersByPath', theirs.replace('*', 'eu-west-1')), policies)) ===
          undefined;
      }
      if (isAllowed !== (holder === asked)) wrong.push(`${holder} asks for the parameters of ${asked}`);
      undo();
    }
    await instance.close();
    expect(wrong).toEqual([]);
  });

  const callOn = (action: string, resource: string): AwsCall => ({
    action: `ssm:${action}`,
    region: 'eu-west-1',
    accountId,
    principalArn: `arn:aws:sts::${accountId}:assumed-role/app/i-0123456789abcdef0`,
    accessKeyId: 'ASIA',
    input: {},
    resources: [resource],
    context: {},
    sequence: 0,
  });
  it.each([
    ['GetParametersByPath', '/google-access/app', true],
    ['GetParametersByPath', '/google-access', false],
    ['GetParametersByPath', '/google-access/app/default', false],
    ['GetParametersByPath', '/google-access/app-x', false],
    ['GetParameter', '/google-access/app/default', false],
    ['GetParameters', '/google-access/app/default', false],
    ['GetParameterHistory', '/google-access/app/default', false],
    ['PutParameter', '/google-access/app/default', false],
    ['DeleteParameter', '/google-access/app/default', false],
  ])('%s on %s: %s', async (action, name, isAllowed) => {
    const policies = [{ ...ownParametersPolicy('/google-access', roleRef('app')) }];
    const reason = await authorize(
      callOn(action, `arn:aws:ssm:eu-west-1:${accountId}:parameter${name}`),
      policies,
    );
    expect(reason === undefined).toBe(isAllowed);
    const elsewhere = `arn:aws:ssm:eu-west-1:999999999999:parameter${name}`;
    expect(await authorize(callOn(action, elsewhere), policies)).toBeDefined();
  });
});

it('the built program contains all of it', async () => {
  const built = join(folder, 'rolebridge.mjs');
  const build = spawnSync(process.execPath, ['scripts/build-cli.ts', built], { encoding: 'utf8' });
  expect(build).toMatchObject({ status: 0 });
  const ran = spawnSync(process.execPath, [built, 'boot', '--print', 'script'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ROLEBRIDGE_CONFIG: configured({}) },
    encoding: 'utf8',
  });
  expect(existsSync(join(folder, 'boot'))).toBe(false);
  expect(ran.stdout).toBe(usual);
});
