import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, documentOf } from '../../support/command-line.ts';
import { expectDocument } from '../../support/documents.ts';
import { runHere } from '../../support/here.ts';
import { accountId as home } from '../../support/settings.ts';
import { shortFile } from '../../support/setup-world.ts';
import {
  account,
  error,
  management,
  type Organizations,
  organization,
  startOrganizations,
} from './organizations.ts';

let aws: Organizations;
let folder: string;
let path: string;
beforeEach(async () => {
  aws = await startOrganizations();
  aws.pages = [[account(management, 'SUSPENDED'), account(home)]];
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-accounts-'));
  path = join(folder, 'rolebridge.yml');
  writeFileSync(path, shortFile);
});
afterEach(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

const [a, b] = ['444455556666', '555566667777'] as const;
const variables = () => ({
  ROLEBRIDGE_CONFIG: path,
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-tests',
});
const accounts = (...args: readonly string[]) => runHere(variables(), 'accounts', ...args);
const file = (): string => readFileSync(path, 'utf8');
const list = (...more: Parameters<typeof account>[]): void => {
  aws.pages = [[account(management, 'SUSPENDED'), account(home), ...more.map((one) => account(...one))]];
};

it('shows that there is nothing to do, and exits with 0', async () => {
  expect(await accounts()).toEqual({
    status: 0,
    stdout: `Organization ${organization}: 1 account of rolebridge.yml needs no change.\n`,
    stderr: '',
  });
});

it('shows what it would add, changes nothing, and exits with 2', async () => {
  list([b], [a, 'ACTIVE', 'prod']);
  const said = await accounts();
  expect(said).toMatchObject({ status: 2, stderr: '' });
  expect(said.stdout).toContain(
    `Active, and not in rolebridge.yml:\n  + ${a}  prod\n  + ${b}  name-${b}\n\nTo edit rolebridge.yml: `,
  );
  expect(file()).toBe(shortFile);
});

it('adds accounts and the home account, and keeps every byte of the rest', async () => {
  list([a, 'ACTIVE', 'prod']);
  const said = await accounts('--write', '--yes');
  expect(said).toMatchObject({ status: 0 });
  expect(said.stdout).toContain(`In ${path}: added 1 account.`);
  const line = `  - id: "${home}" # production\n`;
  expect(file()).toBe(
    shortFile
      .replace(line, `${line}  - id: "${a}" # prod\n`)
      .replace('accounts:', `home: "${home}"\naccounts:`),
  );
  expect(await accounts()).toMatchObject({ status: 0 });
});

it('removes a closed account, explains the consequences, and exits with 0', async () => {
  list([a]);
  await accounts('--write', '--yes');
  const before = file();
  list([a, 'CLOSED']);
  const said = await accounts('--write', '--yes');
  expect(said).toMatchObject({ status: 0 });
  expect(said.stderr).toContain(`- ${a}  name-${a} (closed)`);
  expect(said.stderr).toContain('the sweep removes every binding of its roles');
  expect(said.stdout).toContain('removed 1 account');
  expect(file()).toBe(before.replace(/ {2}- id: "4.*\n/, ''));
});

it('asks without --yes, and changes nothing if no one can answer', async () => {
  list([a]);
  expect(await accounts('--write')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Cannot ask "Add 1 account to rolebridge.yml?"'),
  });
  expect(file()).toBe(shortFile);
});

it('adds nothing twice, and loses nothing, if the file changes before it is written', async () => {
  list([a], [b]);
  const edited = `${shortFile.replace(/( {2}- id: .*\n)/, `$1  - id: "${a}" # by hand\n`)}home: "${home}"\nmode: upsert-only # new\n`;
  aws.before = (operation) => {
    if (operation === 'ListAccounts') writeFileSync(path, edited);
    return undefined;
  };
  expect(await accounts('--write', '--yes')).toMatchObject({ status: 0 });
  expect(file()).toBe(edited.replace('# by hand\n', `# by hand\n  - id: "${b}" # name-${b}\n`));
});

it('names the organization with more than 100 accounts', async () => {
  list(...Array.from({ length: 100 }, (_, index) => [String(200_000_000_000 + index)] as [string]));
  expect(await accounts('--write', '--yes')).toMatchObject({ status: 0 });
  expect(file()).toContain(`home: "${home}"\norganization: ${organization}\naccounts:\n`);
  expect(await accounts()).toMatchObject({ status: 0 });
});

it('exits with 2 while an account needs attention, and names it', async () => {
  list([a]);
  await accounts('--write', '--yes');
  list();
  const said = await accounts('--write', '--yes');
  expect(said).toMatchObject({ status: 2 });
  expect(said.stdout).toContain(`if they left it:\n  ! ${a}`);
  expect(file()).toContain(a);
});

it('adds only accounts below --ou', async () => {
  list([a], [b]);
  aws.units.set('ou-a1b2-aaaaaaaa', { accounts: [account(b), account(home)] });
  expect(await accounts('--ou', 'ou-a1b2-aaaaaaaa', '--write', '--yes')).toMatchObject({ status: 0 });
  expect(file()).toContain(b);
  expect(file()).not.toContain(a);
});

it('writes nothing if the list is not complete', async () => {
  aws.before = (operation, { NextToken }) =>
    operation === 'ListAccounts' && NextToken !== undefined ? error('AccessDeniedException') : undefined;
  aws.pages = [[account(management), account(home), account(a)], []];
  const said = await accounts('--write', '--yes');
  expect(said).toMatchObject({ status: 1, stdout: '' });
  expect(said.stderr).toContain('organizations:ListAccounts');
  expect(file()).toBe(shortFile);
});

it('writes nothing if it cannot edit the file, and names the edit', async () => {
  list([a]);
  const alias = shortFile
    .replace(/accounts:\n.*\n/, 'accounts: *all\n')
    .replace('google:', `x: &all [{id: "${home}"}]\ngoogle:`);
  writeFileSync(path, alias);
  expect((await accounts('--write', '--yes')).status).toBe(1);
  expect(file()).toBe(alias);
});

it('permissions --print accounts lists exactly the calls that it makes', async () => {
  aws.units.set('ou-a1b2-aaaaaaaa', {});
  await accounts('--ou', 'ou-a1b2-aaaaaaaa');
  const called = new Set(aws.calls.map((call) => `organizations:${call.split(' ')[0]}`));
  const { stdout } = await runHere(variables(), 'permissions', '--print', 'accounts');
  expect(JSON.parse(stdout)).toMatchObject({
    Statement: [{ Effect: 'Allow', Action: [...called].toSorted(), Resource: ['*'] }],
  });
});

it.each([
  [['--ou', 'x'], '--ou must be the id of an organizational unit'],
  [['--yes'], '--yes is for --write'],
])('refuses %j', async (args, message) => {
  expect(await accounts(...args)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
  expect(aws.calls).toEqual([]);
});

it('prints one document with --json, before and after an edit', async () => {
  list([a]);
  const before = await accounts('--json');
  expectDocument(['accounts'], before);
  expect(documentOf(before)).toMatchObject({ organization, toAdd: [{ id: a }], isWritten: false });
  const after = await accounts('--write', '--yes', '--json');
  expectDocument(['accounts'], after);
  expect(documentOf(after)).toMatchObject({ isWritten: true, path, added: [a], removed: [] });
});

it('runs in the built command line, which bundles the client', async () => {
  list([a]);
  const said = await command(variables(), 'accounts');
  expect(said).toMatchObject({ status: 2, stderr: '', stdout: expect.stringContaining(`+ ${a}`) });
});
