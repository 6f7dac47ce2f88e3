import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from '../../cli/program.ts';
import { startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import { documentErrors, documentedCommands, documentSchema } from '../../scripts/document-schema.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { documentOf, startCommand, type Variables, variablesOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import { runHere } from '../support/here.ts';
import { accountId, reader, writer } from '../support/settings.ts';

let cloud: Cloud;
let variables: Variables;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-documents-'));
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await cloud.createRole('reports', { 'google-access': reader, 'google-access/bad': 'nonsense' });
  await cloud.createRole('app-web', { 'google-access': writer, 'gogle-access': reader });
  await cloud.settled();
  await cloud.deleteRole('app-web');
  cloud.aws.ssm.perform('PutParameter', 'us-east-1', {
    Name: '/google-access/reports/theirs',
    Value: 'hello',
    Type: 'String',
  });
  variables = { ...variablesOf(cloud), AWS_REGION: 'eu-west-1' };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cloud.close();
});

const guard = [
  '--tagger',
  `arn:aws:iam::${accountId}:role/t`,
  '--deployer',
  `arn:aws:iam::${accountId}:role/d`,
];

/** Every command with results of each form. Those that remove something are at the end. */
const results: readonly (readonly string[])[] = [
  ['setup', '--dry-run'],
  ['setup', '--dry-run', '--opt-in-project', 'acme-data'],
  ['setup', '--dry-run', '--opt-in-keys', 'group:security@acme.com'],
  ['setup', '--print', 'gcloud'],
  ['setup', '--yes', '--opt-in', reader],
  ['plan'],
  ['plan', '--role', 'reports', '--untag', 'google-access'],
  ['plan', '--role', 'app-new', '--tag', `google-access=${reader}`],
  ['doctor'],
  ['doctor', '--role', 'reports'],
  ['roles'],
  ['roles', '--role', 'reports'],
  ['report'],
  ['report', '--keys'],
  ['keys'],
  ['keys', '--all'],
  ['forget', '--project', 'acme-old'],
  ['adopt', '--resource', 'buckets/acme-in', '--keep'],
  ['validate'],
  ...['cloudformation', 'stackset', 'terraform'].map((form) => ['member', '--print', form]),
  ...['deployer', 'cloudformation', 'boundary', 'plan', 'operator', 'doctor', 'setup'].map((job) => [
    'permissions',
    '--print',
    job,
  ]),
  ['permissions', '--print', 'boundary', '--check', 'package.json'],
  ['permissions', '--print', 'scp', ...guard],
  ['guard', ...guard],
  ['explain', "Permission 'iam.serviceAccounts.getAccessToken' denied on resource"],
  ['explain', 'nothing that anyone knows'],
  ['explain', '--list'],
  ['boot', '--print', 'systemd'],
  ['boot', '--print', 'environment'],
  ['boot', '--print', 'policy', '--role', 'reports'],
  ['credentials', 'config', '--role', 'reports'],
  ['sweep'],
  ['revoke', '--role', 'reports', '--yes'],
  ['revoke', '--all', '--yes'],
  ['plan'],
  ['roles'],
  ['report', '--history', '1d'],
  ['sweep'],
  ['resume'],
];

it.each(results.map((args) => [args]))('%j prints one document', async (args) => {
  expectDocument(args, await runHere(variables, ...args, '--json'));
});

it('credentials config --output and credentials check print one document', async () => {
  const credentials = cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0');
  const metadata = await startInstanceMetadata(() => ({
    roleName: 'reports',
    region: 'eu-west-1',
    credentials,
  }));
  const check = ['credentials', 'check', '--endpoint', metadata.url];
  expectDocument(check, await runHere(variables, ...check, '--json'));
  await metadata.close();
  const path = join(folder, 'config.json');
  const config = ['credentials', 'config', '--service-account', reader, '--output', path];
  expectDocument(config, await runHere(variables, ...config, '--json'));
  expect(readFileSync(path, 'utf8')).toContain('external_account');
});

it('report --output writes a page, with which --since compares', async () => {
  const path = join(folder, 'access.html');
  const written = await runHere(variables, 'report', '--output', path, '--json');
  expectDocument(['report'], written);
  expect(written).toMatchObject({ status: 0, stderr: `Wrote ${path}\n` });
  expect(readFileSync(path, 'utf8')).toContain('<h1>Access report</h1>');
  const compared = await runHere(variables, 'report', '--since', path, '--output', path, '--json');
  expectDocument(['report'], compared);
  expect(documentOf(compared)['difference']).toMatchObject({ added: [], removed: [], changed: [] });
  const text = await runHere(variables, 'report', '--since', path);
  expect(text.stdout).toMatch(/Since \S+: 0 new, 0 gone, 0 changed/);
  const csv = await runHere(variables, 'report', '--csv');
  expect(csv.stdout).toMatch(/^account,role,/);
  expect(csv.stderr).not.toContain('Since');
  const both = await runHere(variables, 'report', '--csv', '--since', path);
  expect(both.stdout).toBe(csv.stdout);
  expect(both.stderr).toMatch(/^Since \S+: 0 new, 0 gone, 0 changed$/m);
  const other = await runHere(variables, 'report', '--since', path, '--stage', 'dev');
  expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining('is a report of stage prod') });
  const refused = await runHere(variables, 'report', '--output', 'package.json');
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('is not a report') });
});

it('report --output keeps a file that someone creates there while the clouds are read', async () => {
  const path = join(folder, 'notes.html');
  const stop = cloud.google.intercept(() => {
    writeFileSync(path, 'mine');
    return undefined;
  });
  const refused = await runHere(variables, 'report', '--output', path);
  stop();
  expect(refused).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('is not a report'),
  });
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

it('credentials serve and demo print one document', async () => {
  const args = ['credentials', 'serve', '--port', '0', '--role-name', 'reports'];
  const served = startCommand(variables, [...args, '--json']);
  while (!served.output.stdout.includes('}')) await new Promise((resolve) => setTimeout(resolve, 50));
  served.child.kill('SIGTERM');
  expectDocument(args, await served.ended);
  const demo = await startCommand({}, ['demo', '--json']).ended;
  expectDocument(['demo'], demo);
  expect(demo.stderr).toContain('The role is tagged');
});

const leavesOf = (command: ReturnType<typeof createProgram>, path: readonly string[]): readonly string[] =>
  command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap((sub) => leavesOf(sub, [...path, sub.name()]));

it('the schema describes every command except help, which prints text', () => {
  const program = createProgram('.', '0', new AbortController().signal);
  expect(['help', ...documentedCommands].toSorted()).toEqual(leavesOf(program, []).toSorted());
});

it('is published exactly as npm run schema writes it', () => {
  expect(JSON.parse(readFileSync('docs/commands.schema.json', 'utf8'))).toEqual(documentSchema());
});

/** A document that lacks a field, or has an extra one, is detected. */
it.each([
  [{ version: 1, roleName: '' }],
  [{ version: 2, roleName: 'reports' }],
  [{ version: 1 }],
  [{ version: 1, roleName: 'reports', more: 1 }],
  [{ version: 1, error: 'text' }],
])('%j is not a document of credentials check', (document) => {
  expect(documentErrors('credentials check', document)).not.toEqual([]);
});

describe('a usage error is one document, and nothing else', () => {
  const usage: readonly (readonly [readonly string[], RegExp])[] = [
    ...documentedCommands.map(
      (name) =>
        [
          [...name.split(' '), '--nonsense'],
          /unknown option '--nonsense'|required option '--(print|role)/,
        ] as const,
    ),
    [['plan', '--role'], /option '--role <name>' argument missing/],
    [['setup', '--print', 'nonsense'], /argument 'nonsense' is invalid/],
    [['setup', '--opt-in-keys', 'allUsers'], /is not a member that can run/],
    [['plan', 'reports'], /^Too many arguments/],
    [['plan', '--stage', 'BAD STAGE'], /BAD STAGE/],
    [['report', '--csv'], /--json and --csv cannot be combined/],
    [['report', '--history', 'x'], /--history must be how long ago/],
    [['report', '--history', '2999-01-01'], /--history 2999-01-01 is in the future/],
    [['report', '--force'], /--force is for --output/],
    [['report', '--since', 'docs'], /--since docs is a folder/],
    [['revoke'], /Pass either --role NAME or --all/],
    ...['x', '0', '0x10', ' 5 ', '1e3', ''].map(
      (timeout) => [['revoke', '--all', '--timeout', timeout], /--timeout must be a duration/] as const,
    ),
    [['keys', '--idle-days', 'x'], /--idle-days must be/],
    [['forget'], /Pass exactly one of/],
    [['adopt', '--keep'], /Pass --resource NAME, and exactly one of/],
    [['adopt', '--resource', 'gs://acme-in', '--keep'], /Write buckets\/acme-in/],
    [['accounts', '--ou', 'x'], /--ou must be the id/],
    [['guard'], /Pass --tagger/],
    [['permissions', '--print', 'scp'], /Pass --tagger/],
    [['permissions', '--print', 'plan', '--boundary', 'x'], /--boundary is for --print deployer/],
    [['boot', '--print', 'policy'], /The policy is for one role/],
    [['sweep', '--approve', 'x'], /16 hex digits/],
    [['credentials', 'serve', '--port', 'x'], /--port must be a number/],
    [['credentials', 'check', '--endpoint', 'http://127.0.0.1:9'], /Nothing answers/],
    [['local', 'up', '--minutes', 'x'], /--minutes must be a number/],
    [['local', 'up', '--accounts', 'x'], /--accounts must be a whole number/],
  ];
  it.each(usage)('%j', async (args, message) => {
    const said = await runHere(variables, ...args, '--json');
    expect(said).toMatchObject({ status: 1, stderr: '' });
    expectDocument(args, said);
    expect(documentOf(said)).toEqual({ version: 1, error: { message: expect.stringMatching(message) } });
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [[], /Pass a command/],
    [['credentials'], /Pass a command/],
  ])('%j', async (args, message) => {
    const said = await runHere(variables, ...args, '--json');
    expect(said).toMatchObject({ status: 1, stderr: '' });
    expect(documentOf(said)).toEqual({ version: 1, error: { message: expect.stringMatching(message) } });
  });

  it('without --json it is text on standard error', async () => {
    const said = await runHere(variables, 'plan', '--nonsense', '--', '--json');
    expect(said).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining("unknown option '--nonsense'"),
    });
  });
});

it('an error of the configuration or of a cloud is one document', async () => {
  const nowhere = { ...variables, ROLEBRIDGE_CONFIG: '/nonexistent/rolebridge.yml' };
  for (const args of [
    ['setup', '--dry-run'],
    ['plan'],
    ['doctor'],
    ['roles'],
    ['sweep'],
    ['resume'],
    ['guard', ...guard],
    ['validate'],
  ]) {
    const said = await runHere(nowhere, ...args, '--json');
    expect(said).toMatchObject({ status: 1, stderr: '' });
    expectDocument(args, said);
  }
});
