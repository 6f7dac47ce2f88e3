import { type Cloud, startCloud } from '../support/cloud.ts';
import { documentOf, type Said, variablesOf } from '../support/command-line.ts';
import { runHere } from '../support/here.ts';
import { accountId, reader, writer } from '../support/settings.ts';

let cloud: Cloud;
const rolebridge = (...args: readonly string[]): Promise<Said> => runHere(variablesOf(cloud), ...args);

beforeAll(async () => {
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.createRole('app-web', { 'google-access': writer });
  await cloud.createRole('app-batch', { 'google-acess': reader, Name: 'batch' });
  await cloud.sweep();
});
afterAll(() => cloud.close());

const arn = (name: string, account = accountId, partition = 'aws') =>
  `arn:${partition}:iam::${account}:role/${name}`;

/** Commands that only read a role. */
const looks: readonly (readonly string[])[] = [
  ['plan'],
  ['roles'],
  ['doctor'],
  ['plan', '--tag', `google-access=${reader}`],
  ['boot', '--print', 'policy'],
];

describe.each(looks)('%s %s', (...look) => {
  it.each([
    arn('reports'),
    arn('team/reports'),
    `arn:aws:sts::${accountId}:assumed-role/reports/i-0abc`,
    'REPORTS',
    arn('Reports').toUpperCase(),
  ])('--role %s means the role reports', async (role) => {
    const [named, plain] = [
      await rolebridge(...look, '--json', '--role', role),
      await rolebridge(...look, '--json', '--role', 'reports'),
    ];
    const sameCasing = (text: string) => text.replaceAll(/reports/gi, 'reports');
    expect({ ...named, stdout: sameCasing(named.stdout) }).toEqual(plain);
    expect(named.stdout.toLowerCase()).toContain('reports');
  });

  it.each([
    [arn('reports', '999999999999'), 'is in AWS account 999999999999'],
    [`arn:aws:sts::999999999999:assumed-role/reports/x`, 'is in AWS account 999999999999'],
    [arn('reports', accountId, 'aws-cn'), 'is in the partition aws-cn'],
    [`arn:aws:iam::${accountId}:user/reports`, 'is not the ARN of a role'],
    ['team/reports', 'is not the name of a role'],
  ])('--role %s is an error', async (role, message) => {
    expect(await rolebridge(...look, '--role', role)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
    const json = await rolebridge(...look, '--json', '--role', role);
    expect(json.status).toBe(1);
    expect(documentOf(json)).toEqual({ version: 1, error: { message: expect.stringContaining(message) } });
  });
});

describe('a role that does not exist', () => {
  it.each([
    ['plan', 'app-wbe', 'Did you mean app-web?'],
    ['plan', arn('app-wbe'), 'Did you mean app-web?'],
    ['roles', 'reports,app-web', 'repeat the option: --role reports --role app-web'],
    ['roles', 'nosuch', 'aws iam list-roles'],
    ['revoke', 'app-wbe', 'Did you mean app-web?'],
    ['revoke', arn('app-wbe'), 'Did you mean app-web?'],
    ['revoke', 'reprots', 'Did you mean reports?'],
  ])('%s --role %s: an error, with the nearest names', async (name, role, suggestion) => {
    const args = [name, '--role', role, ...(name === 'revoke' ? ['--yes'] : [])];
    const said = await rolebridge(...args);
    expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(suggestion) });
    expect(said.stderr).toContain('There is no role');
    const json = await rolebridge(...args, '--json');
    expect(json.status).toBe(1);
    expect(documentOf(json)).toEqual({ version: 1, error: { message: expect.stringContaining(suggestion) } });
  });

  it.each(['app-wbe', arn('reprots')])(
    'doctor --role %s: a failed check, with the nearest names',
    async (role) => {
      const said = await rolebridge('doctor', '--role', role);
      expect(said).toMatchObject({
        status: 1,
        stdout: expect.stringMatching(/has no role \S+\. Did you mean/),
      });
    },
  );

  it('plan with a tag for it says that it does not exist yet', async () => {
    const said = await rolebridge('plan', '--role', 'app-wbe', '--tag', `google-access=${reader}`);
    expect(said).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('There is no role app-wbe yet. Did you mean app-web?'),
    });
    expect(await rolebridge('plan', '--role', 'app-wbe', '--untag', 'google-access')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no role app-wbe in account'),
    });
  });

  it('a role without tags exists', async () => {
    expect(await rolebridge('roles', '--role', 'app-batch')).toMatchObject({
      status: 0,
      stdout: 'app-batch: none of our tags, and no binding.\n',
    });
  });
});

describe('tags that rolebridge does not read', () => {
  it.each([
    ['--tag', `google-acess=${reader}`, 'Did you mean google-access?'],
    ['--tag', `googel-access/night=${reader}`, 'Did you mean google-access/night?'],
    ['--untag', 'foo', 'It reads google-access and google-access/<name>.'],
    ['--untag', 'google_access', 'Did you mean google-access?'],
    ['--tag', `Name=${reader}`, 'rolebridge does not read the tag "Name".'],
  ])('plan %s %s is an error', async (option, value, message) => {
    expect(await rolebridge('plan', '--role', 'reports', option, value)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it.each([
    [['--tag', `google-access=${reader}`, '--tag', 'Google-Access=x'], 'name the tag "Google-Access" twice'],
    [['--tag', `google-access=${reader}`, '--untag', 'google-access'], 'name the tag "google-access" twice'],
    [['--untag', 'google-access/x', '--untag', 'google-access/X'], 'name the tag "google-access/X" twice'],
    [
      ['--tag', `google-access/${'n'.repeat(120)}=x`],
      'The key of a tag has 134 characters, and IAM allows 128',
    ],
    [
      ['--tag', `google-access=${'v'.repeat(257)}`],
      'The value of a tag has 257 characters, and IAM allows 256',
    ],
    [
      ['--untag', `google-access/${'n'.repeat(120)}`],
      'The key of a tag has 134 characters, and IAM allows 128',
    ],
    [
      ['--untag', 'google-access/a*b!'],
      'The key "google-access/a*b!" has a character that IAM does not allow',
    ],
    [['--tag', 'google-access=a;b'], 'The value "a;b" has a character that IAM does not allow'],
  ])('plan %j is an error: no role can have these tags', async (options, message) => {
    expect(await rolebridge('plan', '--role', 'reports', ...options)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('in another casing is read, and refused', async () => {
    const said = await rolebridge('plan', '--role', 'reports', '--tag', `Google-Access=${reader}`);
    expect(said.stdout).toContain('x refused    Google-Access');
  });

  it('plan and doctor mention a near miss on the role', async () => {
    const plan = await rolebridge('plan', '--role', 'app-batch');
    expect(plan.stdout).toContain('! The role has a tag google-acess, which rolebridge does not read.');
    expect(documentOf(await rolebridge('plan', '--role', 'app-batch', '--json'))).toMatchObject({
      roles: [{ nearMisses: ['google-acess'] }],
    });
    const doctor = await rolebridge('doctor', '--role', 'app-batch');
    expect(doctor.stdout).toContain('It has a tag google-acess, which rolebridge does not read');
  });
});

describe('free-text options', () => {
  it.each(['BAD STAGE', '', 'prod;x', 'a_b', 'x'.repeat(38), '../prod', 'prod\n'])(
    '--stage "%s" is an error in every command',
    async (stage) => {
      const commands = ['plan', 'roles', 'doctor', 'sweep', 'resume', 'guard', 'permissions --print plan'];
      for (const name of [...commands, 'member --print terraform'])
        expect(await rolebridge(...name.split(' '), '--stage', stage)).toMatchObject({
          status: 1,
          stdout: '',
          stderr: expect.stringContaining('--stage must be the name of a deployed stage'),
        });
    },
  );
});

describe('sweep', () => {
  it('with a hash that no held list has approves nothing, and reports it', async () => {
    for (const args of [['0123456789abcdef'], ['0123456789abcdef', '--json']]) {
      const said = await rolebridge('sweep', '--approve', ...args);
      expect(said.status).toBe(1);
      expect(said.stdout + said.stderr).toContain('No complete list of held revocations is stored under');
      expect(said.stdout).not.toContain('Nothing has drifted');
    }
  });

  it.each(['sweep', 'resume'])('%s checks the signed-in account first', async (name) => {
    const before = cloud.aws.calls.length;
    cloud.reconfigure({ accounts: [{ id: '999999999999', provider: 'aws-999999999999' }] });
    const said = await rolebridge(name);
    cloud.reconfigure({ accounts: [{ id: accountId, provider: `aws-${accountId}` }] });
    expect(said).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('999999999999') });
    const made = cloud.aws.calls.slice(before).map(({ action }) => action);
    expect(made.filter((action) => /^(lambda:Invoke|events:)/.test(action))).toEqual([]);
  });
});
