import { command, documentOf, variablesOf } from '../support/command-line.ts';
import { accountId, reader } from '../support/settings.ts';
import { awsBreakages } from './doctor/aws-breakages.ts';
import { change } from './doctor/breakages.ts';
import { googleBreakages } from './doctor/google-breakages.ts';
import { commandsIn, problemsIn, runPrinted } from './doctor/printed-commands.ts';
import { resourceBreakages } from './doctor/resource-breakages.ts';
import { roleBreakages } from './doctor/role-breakages.ts';
import {
  bucket,
  type DoctorWorld,
  directRole,
  longRole,
  type Options,
  startDoctorWorld,
  viewer,
} from './doctor/world.ts';

let world: DoctorWorld;
const table: string[] = [];
/** All the fixes that the checks printed. */
const fixes = new Set<string>();
beforeAll(async () => {
  world = await startDoctorWorld();
});
afterAll(async () => {
  await world.close();
  console.log(`doctor: breakage -> check -> fix\n${table.join('\n')}`);
});

const isRed = ({ status }: { readonly status: string }): boolean =>
  status === 'failed' || status === 'warning';
const fixOf = (result: object): string => String(Reflect.get(result, 'fix') ?? '');

it('finds no problem in a healthy world', async () => {
  const { results, counts } = await world.diagnose();
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(counts.ok).toBeGreaterThan(40);
});

describe('a single breakage makes the responsible check fail, and no other', () => {
  it.each(
    [...awsBreakages, ...googleBreakages, ...resourceBreakages, ...roleBreakages].map(
      (breakage) => [breakage.title, breakage] as const,
    ),
  )('%s', async (title, { check, status, fix, break: breakIt, options = () => ({}) }) => {
    const repair = await breakIt(world);
    const { results } = await world.diagnose(options(world));
    await repair();
    for (const one of results) fixes.add(fixOf(one));
    expect(results.filter(isRed).map(({ id }) => id)).toEqual(status === 'unknown' ? [] : [check]);
    const result = results.find(({ id }) => id === check);
    expect(result).toMatchObject({ status, message: expect.stringMatching(/\w/) });
    expect(fixOf(result ?? {})).toMatch(fix);
    const firstLine = fixOf(result ?? {}).split('\n')[0] ?? '';
    table.push(
      `${title.padEnd(50)} ${`${status} ${check.split(':')[0]}`.padEnd(26)} ${firstLine.slice(0, 90)}`,
    );
  });

  it('finds no problem after all repairs', async () => {
    const { counts } = await world.diagnose();
    expect(counts).toMatchObject({ warning: 0, failed: 0, unknown: 0 });
  });
});

describe('the printed commands', () => {
  it('are complete, and each program knows their options', () => {
    const commands = [...new Set([...fixes].flatMap(commandsIn))];
    expect(commands.length).toBeGreaterThan(25);
    expect(problemsIn(commands)).toEqual([]);
  }, 240_000);

  it.each([
    'rule disabled',
    'drift rule disabled',
    'schedule disabled',
    'target disabled',
    'provider disabled',
  ])('repair it: %s', async (title) => {
    const breakage = [...awsBreakages, ...googleBreakages, ...resourceBreakages, ...roleBreakages].find(
      (one) => one.title === title,
    );
    if (breakage === undefined) throw new Error(`no breakage ${title}`);
    const repair = await breakage.break(world);
    const broken = (await world.diagnose()).results.find(({ id }) => id === breakage.check);
    const [printed = ''] = commandsIn(fixOf(broken ?? {}));
    const isRun = await runPrinted(printed, variablesOf(world));
    const repaired = (await world.diagnose()).results.find(({ id }) => id === breakage.check);
    await repair();
    expect(broken?.status).toBe('failed');
    expect(repaired?.status).toBe(isRun ? 'ok' : 'failed');
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

  it('gets a real token where the role runs', async () => {
    expect(await exchanged(as('reports'))).toMatchObject({
      status: 'ok',
      message: `Google gave role reports a token of ${reader}.`,
    });
  });

  it('gets a token of rolebridge itself where a function runs', async () => {
    expect(await exchanged(as('rolebridge-prod-sweep'))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('rolebridge@acme-identity'),
    });
  });

  it('uses the published configs of a role that may not read its tags', async () => {
    const release = world.aws.intercept(({ action }) =>
      action === 'iam:GetRole'
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'not you' }
        : undefined,
    );
    const result = await exchanged(as('reports'));
    release();
    expect(result).toMatchObject({ status: 'ok', message: `Google gave role reports a token of ${reader}.` });
  });

  it('asks for the access of a role to a resource with its own token', async () => {
    const access = `${viewer} on ${bucket}`;
    expect(await exchanged(as(directRole))).toMatchObject({
      status: 'ok',
      message: `Google gave role ${directRole} a token of the pool. With its own token, it has ${access}.`,
    });
    const { policy } = world.google.buckets.bucket('acme-in');
    const before = policy.current();
    policy.replace({});
    const result = await exchanged(as(directRole));
    policy.replace(before);
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(`Google refused the access for ${access}:`),
    });
  });

  it("reports Google's refusal of the first step", async () => {
    const repair = change(world.provider, { attributeCondition: 'false' });
    const result = await exchanged(as('reports'));
    repair();
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /^Google refused the token exchange for reader@.* rejected by the attribute condition/,
      ),
      fix: expect.stringContaining('rolebridge explain'),
    });
  });

  it("reports Google's refusal of the second step", async () => {
    const policy = world.cell(reader).current();
    world.cell(reader).replace({});
    const result = await exchanged(as('reports'));
    world.cell(reader).replace(policy);
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /^Google refused the impersonation for reader@.*iam\.serviceAccounts\.getAccessToken/,
      ),
    });
  });

  it('is not tried as another identity, and reports why', async () => {
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
  it('reports several independent problems, and exits with 1', async () => {
    const broken = [
      ...awsBreakages.filter(({ title }) => title === 'rule disabled' || title === 'no trail'),
      ...googleBreakages.filter(({ title }) => title === 'provider disabled'),
      ...roleBreakages.filter(({ title }) => title === 'metadata service off'),
    ];
    const repairs = [];
    for (const breakage of broken) repairs.push(await breakage.break(world));
    const { status, stdout, stderr } = await command(variablesOf(world), 'doctor');
    for (const repair of repairs.toReversed()) await repair();
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^Stack\n {2}✗ /);
    expect(stdout.match(/^ {2}[✗?✓]/gm)?.join('')).toMatch(/^( {2}✗){4}( {2}\?)+$/);
    expect(stdout).toMatch(/\n✓ \d+ checks passed \(--all lists them\)\n/);
    expect(stdout).toContain('✗ Rule for role events: The rule rolebridge-prod-role-events is disabled.');
    expect(stdout).toContain(
      '      Enable it: aws events enable-rule --name rolebridge-prod-role-events --region us-east-1',
    );
    expect(stdout).toContain('? Attribute mapping: Not checked, see "Provider".');
    expect(stdout).toMatch(/\n\d+ ok, no warning, 4 failed, \d+ not checked\n$/);
  });

  it('prints everything with --json, one role with --role, and only one line for passed checks unless --all is given', async () => {
    const [json, one, all] = await Promise.all([
      command(variablesOf(world), 'doctor', '--json', '--role', 'reports'),
      command(variablesOf(world), 'doctor', '--role', 'reports', '--all'),
      command(variablesOf(world), 'doctor'),
    ]);
    expect(documentOf(json)).toMatchObject({
      version: 1,
      counts: { failed: 0, warning: 0, unknown: 0 },
      results: expect.arrayContaining([
        {
          id: 'aws-account',
          group: 'AWS',
          title: 'AWS account',
          status: 'ok',
          found: `Account ${accountId}, as in rolebridge.yml.`,
        },
      ]),
    });
    expect(one).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Binding: It is bound on reader@'),
    });
    expect(one.stdout).not.toContain(longRole);
    expect(all.stdout).toMatch(/^✓ \d+ checks passed \(--all lists them\)\n\n\d+ ok, .*\n$/);
  });
});
