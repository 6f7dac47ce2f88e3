import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, type Said, variablesOf } from '../support/command-line.ts';
import { reader, writer } from '../support/settings.ts';

/** The output of `revoke --role` if there is little or nothing to revoke. */
let cloud: Cloud;
const revoke = (name: string, ...more: readonly string[]): Promise<Said> =>
  command(variablesOf(cloud), 'revoke', '--role', name, '--yes', ...more);

beforeEach(async () => {
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
});
afterEach(() => cloud.close());

it('a role that does not exist, and has no access, is a failure that names the account', async () => {
  expect(await revoke('nope')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('There is no role nope in account 111122223333.'),
  });
});

it.each(['', ' ', 'team/app', 'app web'])('"%s" is not the name of a role', async (name) => {
  expect(await revoke(name)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining(`"${name}" is not the name of a role`),
  });
});

it('a deleted role that is still bound is not ignored', async () => {
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
  cloud.aws.bus.perform('DisableRule', 'us-east-1', { Name: 'rolebridge-prod-role-events' });
  await cloud.deleteRole('reports');
  expect(await revoke('reports', '--timeout', '1')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining(`bound on ${reader}`),
  });
  expect(await revoke('reports', '--timeout', '1', '--stage', 'dev')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('To find the cause: rolebridge doctor --role reports --stage dev'),
  });
});

it('a role without access: reports that only the tag is removed', async () => {
  await cloud.createRole('intern', { 'google-access': 'nonsense' });
  await cloud.settled();
  const said = await revoke('intern');
  expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('Gone: role intern') });
  expect(said.stderr).toContain('Role intern loses the tag google-access; it has no access.');
});

it.each([
  ['managed by rolebridge; owner 999999999999/prod', 'belongs to another deployment'],
  ['', 'is not marked as that of this deployment'],
])(
  'a pool with the description "%s": the binding is still there, and the runbook is named',
  async (description, why) => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    // Bound by hand, so that no ledger lists it.
    cloud.google.policy(writer).replace({ bindings: cloud.google.policy(reader).current().bindings ?? [] });
    cloud.google.addPool('aws-roles').description = description;
    cloud.stack.killContainers();
    const said = await revoke('reports', '--timeout', '1');
    expect(said.status).toBe(1);
    expect(said.stdout).toContain(`bound on ${writer}`);
    expect(said.stdout).toContain(why);
    expect(said.stdout).toContain('docs/operations.md, "pool-not-ours"');
    expect(said.stdout).not.toContain('The sweep revokes access');
  },
);

describe('invariant 7: revoke --role proves nothing while another spelling of the role is bound', () => {
  it.each(['reports', 'REPORTS'])('bound by hand as %s on another account', async (spelling) => {
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    await cloud.sweep(); // it checks the table: no blind spot is left
    const { bindings = [] } = cloud.google.policy(reader).current();
    const text = JSON.stringify(bindings).replaceAll('assumed-role/reports', `assumed-role/${spelling}`);
    cloud.google.policy(writer).replace({ bindings: JSON.parse(text) });
    const said = await command(variablesOf(cloud), 'revoke', '--role', 'reports', '--yes');
    expect(JSON.stringify(cloud.google.policy(writer).current())).toContain(`assumed-role/${spelling}`);
    expect(said.stdout).not.toContain('is bound nowhere');
    expect(said.status).toBe(1);
  });
});
