import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHere } from '../support/here.ts';

const print = (...args: readonly string[]) =>
  runHere({ ROLEBRIDGE_CONFIG: 'rolebridge.yml' }, 'permissions', '--print', ...args);
const arn = 'arn:aws:iam::111122223333:role/platform';

describe('the AWS side', () => {
  it.each(['deployer', 'cloudformation', 'boundary'])(
    '%s: standard output is one policy document',
    async (job) => {
      const { status, stdout, stderr } = await print(job);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['Version', 'Statement']);
      const { stdout: document } = await print(job, '--json');
      expect(JSON.parse(document)).toEqual({
        version: 1,
        job,
        policies: [JSON.parse(stdout)],
        googleRoles: [],
      });
    },
  );

  it.each(['plan', 'operator', 'doctor'])('%s: mentions the other side on standard error', async (job) => {
    const { status, stdout, stderr } = await print(job);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('Statement');
    expect(stderr).toContain(`permissions --print ${job} --cloud google`);
  });

  it('needs nothing that setup fills in, because running setup requires its permissions', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-permissions-'));
    const path = join(folder, 'rolebridge.yml');
    const before = /^ +(projectNumber|pool|serviceAccount|provider): .*\n/gm;
    writeFileSync(path, readFileSync('rolebridge.yml', 'utf8').replaceAll(before, ''));
    const jobs = [
      'deployer',
      'cloudformation',
      'boundary',
      'accounts',
      'plan',
      'operator',
      'doctor',
      'setup',
    ];
    for (const args of [...jobs.map((job) => [job]), ['scp', '--tagger', arn, '--deployer', arn]]) {
      const printed = await runHere({ ROLEBRIDGE_CONFIG: path }, 'permissions', '--print', ...args);
      expect({ args, printed }).toEqual({ args, printed: await print(...args) });
    }
    rmSync(folder, { recursive: true });
  });

  it('names the stage', async () => {
    const { stdout } = await print('deployer', '--stage', 'test');
    expect(stdout).toContain('role/rolebridge-test-reconcile');
    expect(stdout).not.toContain('rolebridge-prod');
  });

  it('prints several policies on a line each, or one of them', async () => {
    const stage = 'a'.repeat(37);
    const { stdout, stderr } = await print('deployer', '--stage', stage);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(stderr).toContain('The permissions need 2 policies');
    const { stdout: second } = await print('deployer', '--stage', stage, '--part', '2');
    expect(JSON.parse(second)).toEqual(JSON.parse(lines[1] ?? ''));
  });

  it('scp prints the same as guard', async () => {
    const who = ['--tagger', 'arn:aws:iam::*:role/t', '--deployer', 'arn:aws:iam::*:role/d'];
    const { stdout } = await print('scp', ...who);
    expect(await runHere({ ROLEBRIDGE_CONFIG: 'rolebridge.yml' }, 'guard', ...who)).toMatchObject({ stdout });
  });
});

describe("Google's side", () => {
  it.each([['setup'], ['plan', '--cloud', 'google']])(
    '%s %s %s: a script for an administrator',
    async (...args) => {
      const [job = '', ...others] = args;
      const { status, stdout } = await print(job, ...others);
      expect(status).toBe(0);
      execFileSync('sh', ['-n'], { input: stdout });
      const gcloud = 'gcloud() { printf "%s|" "$@"; echo; }\n';
      const said = execFileSync('sh', [], {
        input: gcloud + stdout,
        env: { MEMBER: 'user:a@acme.com' },
      }).toString();
      expect(said).toContain('iam|roles|create|');
      expect(said).toContain('|--member|user:a@acme.com|');
      expect(() => execFileSync('sh', [], { input: gcloud + stdout, env: {}, stdio: 'pipe' })).toThrow(
        /Set MEMBER to the person or group/,
      );
    },
  );

  it('updates a custom role that exists', async () => {
    const { stdout } = await print('setup');
    const gcloud = 'gcloud() { case "$*" in *"roles create"*) return 1;; esac; echo "$@"; }\n';
    const said = execFileSync('sh', [], {
      input: gcloud + stdout,
      env: { MEMBER: 'user:a@acme.com' },
    }).toString();
    expect(said).toMatch(/^--quiet iam roles update rolebridgeForSetup --project acme-identity /m);
  });
});

describe('--check compares a boundary', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-boundary-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (document: string, ...args: readonly string[]) => {
    const path = join(folder, 'boundary.json');
    writeFileSync(path, document);
    return print('boundary', '--check', path, ...args);
  };

  it('the printed one is sufficient', async () => {
    const { stdout } = await print('boundary');
    expect(await check(stdout)).toMatchObject({ status: 0, stdout: expect.stringContaining('everything') });
  });

  it('lists what another boundary lacks, and exits with 2', async () => {
    const small = { Statement: { Effect: 'Allow', NotAction: 'iam:GetRole', Resource: '*' } };
    const { status, stdout } = await check(JSON.stringify(small));
    expect(status).toBe(2);
    expect(stdout).toMatch(/lacks what the functions need:\n {2}iam:GetRole on arn:aws:iam::\d+:role\/\*\n$/);
  });

  it('does not call a boundary sufficient if it depends on a condition', async () => {
    const conditional = {
      Statement: {
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    };
    const { status, stdout } = await check(JSON.stringify(conditional), '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      missing: [],
      undecided: expect.arrayContaining(['iam:GetAccountAuthorizationDetails on *']),
    });
  });

  it('is not a policy, or not a file', async () => {
    expect(await check('{')).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('not a policy document'),
    });
    expect(await print('boundary', '--check', '/dev/null/x')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/dev/null/x cannot be read'),
    });
  });
});

describe('an option that has no effect for the job is an error', () => {
  it.each([
    [
      'plan',
      ['--boundary', 'arn:aws:iam::111122223333:policy/x'],
      '--boundary is for --print deployer or cloudformation, not',
    ],
    ['boundary', ['--cloud', 'google'], '--cloud is for --print plan, operator, or doctor'],
    ['deployer', ['--tagger', 'x'], '--tagger is for --print scp'],
    ['deployer', ['--check', 'x'], '--check is for --print boundary'],
    ['deployer', ['--boundary', 'x'], '--boundary must be the ARN of a managed policy'],
    ['deployer', ['--part', '2'], '--part must be a number from 1 to 1, not "2"'],
    ['deployer', ['--part', '0'], '--part must be a number'],
    ['scp', [], 'Pass --tagger ARN'],
  ])('%s %j', async (job, args, message) => {
    const said = await print(job, ...args);
    expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(message) });
  });
});
