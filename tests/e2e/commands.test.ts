import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, type Said, type Variables, variablesOf } from '../support/command-line.ts';
import { reader, writer } from '../support/settings.ts';

let cloud: Cloud;
let variables: Variables;
const rolebridge = (...args: readonly string[]): Promise<Said> => command(variables, ...args);

beforeEach(async () => {
  cloud = await startCloud();
  variables = variablesOf(cloud);
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
});
afterEach(() => cloud.close());

describe('plan', () => {
  it('shows, before tagging, what the tag would change; tagging then changes exactly that', async () => {
    await cloud.createRole('reports');
    const tag = `google-access=${reader}`;
    const shown = await rolebridge('plan', '--role', 'reports', '--tag', tag);
    expect(shown).toMatchObject({ status: 2, stderr: '' });
    expect(shown.stdout).toContain(`+ bind       ${reader}`);
    expect(shown.stdout).toContain('Plan: 1 to bind, 0 to unbind, 2 to publish, 0 to unpublish.');
    expect(cloud.boundTo(reader)).toEqual([]);
    // The table's name and the deployed settings come from the same response.
    const asked = cloud.aws.calls.filter(({ action }) => action === 'lambda:GetFunctionConfiguration');
    expect(asked).toHaveLength(1);

    await cloud.tag('reports', { 'google-access': reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.parameterPlaces()).toHaveLength(2);
    const after = await rolebridge('plan');
    expect(after).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing to do') });
  });

  it('narrower guardrail: shows what the new file would revoke, also in places it no longer covers', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const folder = mkdtempSync(join(tmpdir(), 'rolebridge-plan-'));
    const path = join(folder, 'new.yml');
    const file: unknown = parse(readFileSync(cloud.configPath, 'utf8'));
    const narrower = {
      accounts: [{ id: '111122223333', provider: 'aws-111122223334' }],
      regions: ['us-east-1'],
      allow: [{ to: reader, roles: ['nobody'] }],
    };
    writeFileSync(path, stringify({ ...Object(file), ...narrower }));
    const shown = await rolebridge('plan', '--json', '--config', path);
    rmSync(folder, { recursive: true });
    expect(shown).toMatchObject({ status: 2, stderr: '' });
    const { roles, warnings } = documentOf(shown) as {
      warnings: readonly string[];
      roles: readonly { changes: readonly { kind: string }[]; refusals: readonly { reason: string }[] }[];
    };
    expect(roles[0]?.changes.map(({ kind }) => kind)).toEqual(['unbind', 'unpublish', 'unpublish']);
    expect(roles[0]?.refusals[0]?.reason).toContain('guardrail');
    expect(warnings).toEqual([
      `The pool aws-roles has no provider aws-111122223334, which ${path} names. The configs of this plan would not work. Did you mean aws-111122223333?`,
    ]);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('faulty file: reports every error, and reads nothing', async () => {
    writeFileSync(cloud.configPath, 'google: { project: 7 }\nnonsense: 1\n');
    const shown = await rolebridge('plan');
    expect(shown).toMatchObject({ status: 1, stdout: '' });
    expect(shown.stderr).toMatch(/nonsense: unknown setting/);
    expect(shown.stderr).not.toContain('    at ');
  });
});

it('roles: shows what each role has, wants and was refused', async () => {
  await cloud.createRole('reports', {
    'google-access': reader,
    'google-access/w': `${writer} until 2026-12-31`,
    'google-access/bad': 'nonsense',
  });
  await cloud.settled();
  const { status, stdout } = await rolebridge('roles');
  expect(status).toBe(0);
  expect(
    stdout
      .split('\n')
      .slice(0, 4)
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['ROLE', 'GRANT', 'ACCESS TO', 'ENDS', 'STATE'],
    ['reports', 'w', writer, 'end of 2026-12-31 (UTC)', 'bound'],
    ['reports', 'bad', 'nonsense', '-', 'refused'],
    ['reports', 'default', reader, '-', 'bound'],
  ]);
  expect(stdout).toContain('is not a service account e-mail');
  const csv = await rolebridge('roles', '-o', 'csv', '--role', 'reports');
  expect(csv).toMatchObject({ status: 0, stderr: '' });
  expect(csv.stdout.split('\r\n').map((line) => line.split(',').slice(3, 7))).toEqual([
    ['grant', 'target', 'state', 'expires_at'],
    ['w', writer, 'bound', '2027-01-01T00:00:00Z'],
    ['bad', 'nonsense', 'refused', ''],
    ['default', reader, 'bound', ''],
    [],
  ]);
  const json = await rolebridge('roles', '-o', 'json');
  expect(json).toEqual(await rolebridge('roles', '--json'));
  expect(documentOf(json)).toMatchObject({ version: 1 });
  expect(await rolebridge('roles', '-o', 'csv', '--json')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('cannot be combined'),
  });
});

describe('revoke --role', () => {
  it('untags, waits until binding and parameters are gone, and reports it', async () => {
    await cloud.createRole('reports', { 'google-access': reader, Name: 'kept', 'google-access/w': writer });
    await cloud.settled();
    const said = await rolebridge('revoke', '--role', 'reports', '--yes');
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('Gone: role reports') });
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);
    expect(cloud.aws.iam.role('reports')?.tags).toEqual([{ key: 'Name', value: 'kept' }]);
    const again = await rolebridge('revoke', '--role', 'reports', '--yes');
    expect(again).toMatchObject({ status: 0, stdout: 'Role reports has none of our tags and no access.\n' });
  });

  it('asks first, and does nothing if there is no one to answer', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const said = await rolebridge('revoke', '--role', 'reports');
    expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining('Pass --yes to continue') });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('does not ignore a binding made by hand: it reports it, and who has to remove it', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const { bindings = [] } = cloud.google.policy(reader).current();
    cloud.google.policy(writer).replace({ bindings });
    const said = await rolebridge('revoke', '--role', 'reports', '--yes');
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining(`bound on ${writer}`) });
    const swept = await rolebridge('sweep');
    expect(swept).toMatchObject({ status: 1, stdout: expect.stringContaining('1 role drifted') });
    await cloud.settled();
    expect(cloud.boundTo(writer)).toEqual([]);
  });

  it('reports what is left if the functions do not work', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    cloud.aws.bus.perform('DisableRule', 'us-east-1', { Name: 'rolebridge-prod-role-events' });
    const said = await rolebridge('revoke', '--role', 'reports', '--yes', '--timeout', '1');
    expect(said.status).toBe(1);
    expect(said.stdout).toContain('Not proven gone: role reports');
    expect(said.stdout).toContain(`bound on ${reader}`);
    expect(said.stdout).toContain('rolebridge doctor --role reports');
  });

  it('leaves the tag if the mode does not revoke', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    cloud.reconfigure({ mode: 'upsert-only' });
    const said = await rolebridge('revoke', '--role', 'reports', '--yes');
    expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining('In mode upsert-only') });
    expect(cloud.aws.iam.role('reports')?.tags).toHaveLength(1);
  });
});

describe('revoke --all', () => {
  it('stops the rules, removes everything of ours and nothing else, and proves it', async () => {
    const foreign = { role: 'roles/iam.workloadIdentityUser', members: ['user:eve@example.com'] };
    const { bindings: before = [] } = cloud.google.policy(reader).current();
    cloud.google.policy(reader).replace({ bindings: [...before, foreign] });
    const others = cloud.google.policy(writer).current().bindings;
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.createRole('app-web', { 'google-access': `${writer} until 2027-12-31` });
    await cloud.sweep();
    await cloud.createRole('app-gone', { 'google-access': reader });
    await cloud.settled();

    const said = await rolebridge('revoke', '--all', '--yes', '--json');
    expect(said.status).toBe(0);
    expect(documentOf(said)).toMatchObject({
      isGone: true,
      revoked: [expect.anything(), expect.anything(), expect.anything()],
      failures: [],
      restorable: [],
      tableName: expect.stringContaining('Ledger'),
    });
    expect(cloud.google.policy(reader).current().bindings).toEqual([...before, foreign]);
    expect(cloud.google.policy(writer).current().bindings).toEqual(others);
    for (const region of ['us-east-1', 'eu-west-1'])
      expect([...cloud.aws.ssm.parameters(region).keys()]).toEqual([]);
    // Nothing grants access again.
    await cloud.tag('reports', { 'google-access/w': writer });
    await cloud.stack.tick();
    await cloud.settled();
    expect(cloud.boundTo(writer)).toEqual([]);
    await cloud.invokeSweep();
    await cloud.settled();
    expect(cloud.boundTo(writer)).toEqual([]);

    expect(await rolebridge('plan')).toMatchObject({
      stdout: expect.stringMatching(
        /Everything has been revoked since \S+, at the request of arn:aws:sts::\S+alice\.[^]*Nothing to do: everything is revoked\./,
      ),
    });
    expect(await rolebridge('roles')).toMatchObject({
      stdout: expect.stringMatching(
        /Everything has been revoked since \S+, at the request of arn:aws:sts::\S+alice\./,
      ),
    });

    // This lasts until someone resumes.
    const resumed = await rolebridge('resume');
    expect(resumed).toMatchObject({ status: 0, stdout: expect.stringContaining('3 roles drifted') });
    expect(resumed.stdout).toContain('Resumed: roles have again what their tags request.');
    await cloud.settled();
    expect(cloud.boundTo(writer).toSorted()).toEqual(['app-web', 'reports']);
    expect((await rolebridge('plan')).status).toBe(0);
    await cloud.untag('reports', 'google-access/w');
    await cloud.settled();
    expect(cloud.boundTo(writer)).toEqual(['app-web']);
  });

  it('works without the stack, and warns that another stage would grant access again', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    // As after `serverless remove`: there is no function, and the table stays.
    cloud.aws.lambda.functions.length = 0;
    const before = cloud.aws.calls.length;
    const said = await rolebridge('revoke', '--all', '--yes');
    expect(said).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven: no binding and no parameter'),
      stderr: expect.stringContaining('No stack of stage prod is deployed'),
    });
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);
    // From the table, we read only what earlier files named.
    const actions = cloud.aws.calls.slice(before).map(({ action }) => action);
    expect(new Set(actions.filter((action) => action.startsWith('dynamodb:')))).toEqual(
      new Set(['dynamodb:ListTables', 'dynamodb:Query']),
    );
  });

  it('without its stack, leaves the pool of another stage alone, and proves nothing', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const said = await rolebridge('revoke', '--all', '--yes', '--stage', 'gone');
    expect(said).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('Not everything is proven gone'),
    });
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('only the functions write the ledger', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const before = cloud.aws.calls.length;
    expect((await rolebridge('revoke', '--all', '--yes')).status).toBe(0);
    const writers = cloud.aws.calls
      .slice(before)
      .filter(({ action }) => /^dynamodb:(Put|Delete)Item$/.test(action))
      .map(({ principalArn }) => principalArn.split('/').at(1));
    expect(new Set(writers)).toEqual(new Set(['rolebridge-prod-reconcile', 'rolebridge-prod-sweep']));
  });

  it('reports what it may not remove, and proves nothing', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    const release = cloud.google.intercept(({ method }) =>
      method === 'iam.serviceAccounts.setIamPolicy'
        ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'not you' }
        : undefined,
    );
    const said = await rolebridge('revoke', '--all', '--yes');
    release();
    expect(said.status).toBe(1);
    expect(said.stdout).toContain('Not everything is proven gone');
    expect(said.stdout).toContain(`in the ledger: reports on ${reader}`);
    expect(said.stdout).toContain('Google Access Failed');
    expect(cloud.details('Failed')[0]?.['reason']).toContain('not you');
    // The binding stays, and so does its entry. The config is gone.
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.parameterPlaces()).toEqual([]);
  });
});

describe('sweep', () => {
  it('asks the function to sweep, and approves what is held', async () => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.createRole('app-web', { 'google-access': reader });
    await cloud.settled();
    cloud.reconfigure({ sweep: { maxRevocations: 1 }, allow: [{ to: reader, roles: ['nobody'] }] });
    const held = await rolebridge('sweep');
    expect(held.status).toBe(2);
    expect(held.stdout).toContain('See them with');
    const [, approve = ''] = /(--approve [0-9a-f]{16})/.exec(held.stdout) ?? [];
    await cloud.settled();
    expect(cloud.boundTo(reader).toSorted()).toEqual(['app-web', 'reports']);
    const shown = await rolebridge('plan');
    expect(shown.stdout).toContain(approve);
    expect(shown.stdout).toContain('(held)');
    expect(shown.stdout).not.toContain('See them with');

    const passed = await rolebridge('sweep', ...approve.split(' '));
    expect(passed).toMatchObject({ status: 2, stdout: expect.stringContaining('2 roles drifted') });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
  });

  it('a stage that is not deployed is an error of one line, and setup refuses a stage with the tag key of another', async () => {
    const { status, stdout } = await rolebridge('setup', '--stage', 'dev', '--dry-run');
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringContaining('tagKey: stage prod reads the tags google-access, too'),
    });
    const said = await rolebridge('sweep', '--stage', 'test');
    expect(said).toMatchObject({ status: 1, stdout: '' });
    expect(said.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('There is no function rolebridge-test-sweep in us-east-1. Deploy the stack'),
    ]);
  });
});
