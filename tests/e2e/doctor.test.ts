import { command, documentOf, variablesOf } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';
import { awsBreakages } from './doctor/aws-breakages.ts';
import { change } from './doctor/breakages.ts';
import { googleBreakages } from './doctor/google-breakages.ts';
import { roleBreakages } from './doctor/role-breakages.ts';
import { type DoctorWorld, longRole, type Options, startDoctorWorld } from './doctor/world.ts';

let world: DoctorWorld;
const table: string[] = [];
beforeAll(async () => {
  world = await startDoctorWorld();
});
afterAll(async () => {
  await world.close();
  console.log(`doctor: what broke -> which check tells -> what to do\n${table.join('\n')}`);
});

const isRed = ({ status }: { readonly status: string }): boolean =>
  status === 'failed' || status === 'warning';
const fixOf = (result: object): string => String(Reflect.get(result, 'fix') ?? '');

it('a healthy world: nothing to say', async () => {
  const { results, counts } = await world.diagnose();
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(counts.ok).toBeGreaterThan(40);
});

describe('of a single breakage the one check tells that is responsible, and no other is red', () => {
  it.each([...awsBreakages, ...googleBreakages, ...roleBreakages].map((one) => [one.what, one] as const))(
    '%s',
    async (what, { check, status, fix, break: breakIt, options = () => ({}) }) => {
      const mend = await breakIt(world);
      const { results } = await world.diagnose(options(world));
      await mend();
      expect(results.filter(isRed).map(({ id }) => id)).toEqual(status === 'unknown' ? [] : [check]);
      const told = results.find(({ id }) => id === check);
      expect(told).toMatchObject({ status, message: expect.stringMatching(/\w/) });
      expect(fixOf(told ?? {})).toMatch(fix);
      const words = fixOf(told ?? {}).split('\n')[0] ?? '';
      table.push(`${what.padEnd(50)} ${`${status} ${check.split(':')[0]}`.padEnd(26)} ${words.slice(0, 90)}`);
    },
  );

  it('and all is well again', async () => {
    const { counts } = await world.diagnose();
    expect(counts).toMatchObject({ warning: 0, failed: 0, unknown: 0 });
  });
});

describe('--exchange', () => {
  const as = (roleName: string) => {
    const { accessKeyId, secretAccessKey, sessionToken } = world.aws.issueRoleCredentials(
      roleName,
      'i-0aaaaaaaaaaaaaaaa',
    );
    return {
      isExchanging: true,
      variables: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    };
  };
  const exchanged = async (options: Options) =>
    (await world.diagnose(options)).results.find(({ id }) => id === 'exchange');

  it('where the role runs: a real token', async () => {
    expect(await exchanged(as('reports'))).toMatchObject({
      status: 'ok',
      message: `Role reports was given a token of ${reader}.`,
    });
  });

  it('where a function would run: a token of rolebridge itself', async () => {
    expect(await exchanged(as('rolebridge-prod-sweep'))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('rolebridge@acme-identity'),
    });
  });

  it('a role that may not read its tags: by its published configs', async () => {
    const release = world.aws.intercept(({ action }) =>
      action === 'iam:GetRole'
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'not you' }
        : undefined,
    );
    const result = await exchanged(as('reports'));
    release();
    expect(result).toMatchObject({ status: 'ok', message: `Role reports was given a token of ${reader}.` });
  });

  it('refused at the first step, in the words of Google', async () => {
    const mend = change(world.provider, { attributeCondition: 'false' });
    const result = await exchanged(as('reports'));
    mend();
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^The token exchange for reader@.* rejected by the attribute condition/),
      fix: expect.stringContaining('rolebridge explain'),
    });
  });

  it('refused at the second step, in the words of Google', async () => {
    const policy = world.cell(reader).current();
    world.cell(reader).replace({});
    const result = await exchanged(as('reports'));
    world.cell(reader).replace(policy);
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^The impersonation for reader@.*iam\.serviceAccounts\.getAccessToken/),
    });
  });

  it('as somebody else: not tried, and why', async () => {
    expect(await exchanged({ isExchanging: true })).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('role Administrator'),
    });
    expect(await exchanged({ ...as('reports'), roles: ['app-other'] })).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('runs as role reports, not as app-other'),
    });
  });
});

describe('at the command line', () => {
  it('half of it is broken: each check stands alone, exit code 1', async () => {
    const broken = [
      ...awsBreakages.filter(({ what }) => what === 'rule disabled' || what === 'no trail'),
      ...googleBreakages.filter(({ what }) => what === 'provider disabled'),
      ...roleBreakages.filter(({ what }) => what === 'metadata service off'),
    ];
    const mends = [];
    for (const one of broken) mends.push(await one.break(world));
    const { status, stdout, stderr } = await command(variablesOf(world), 'doctor');
    for (const mend of mends.toReversed()) await mend();
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('✗ Rule for role events: The rule rolebridge-prod-role-events is disabled.');
    expect(stdout).toContain(
      '      Enable it: aws events enable-rule --name rolebridge-prod-role-events --region us-east-1',
    );
    expect(stdout).toContain('? Attribute mapping: Not checked, see "Provider".');
    expect(stdout).toMatch(/\n\d+ ok, no warning, 4 failed, \d+ not checked\n$/);
  });

  it('--json: everything; --role: the role alone; a role that is well is one line', async () => {
    const [json, one, all] = await Promise.all([
      command(variablesOf(world), 'doctor', '--json', '--role', 'reports'),
      command(variablesOf(world), 'doctor', '--role', 'reports'),
      command(variablesOf(world), 'doctor'),
    ]);
    expect(documentOf(json)).toMatchObject({
      version: 1,
      counts: { failed: 0, warning: 0, unknown: 0 },
    });
    expect(one).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Binding: It is bound on reader@'),
    });
    expect(one.stdout).not.toContain(longRole);
    expect(all.stdout).toContain(`Role ${longRole}  ✓ 8 checks`);
  });
});
