import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  command,
  documentOf,
  type Said,
  startCommand,
  type Variables,
  variablesOf,
} from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import { email, reader, writer } from '../support/settings.ts';

const logGroup = '/aws/lambda/rolebridge-prod-reconcile';

let cloud: Cloud;
let variables: Variables;
beforeAll(async () => {
  cloud = await startCloud();
  variables = variablesOf(cloud);
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await cloud.createRole('reports', { 'google-access': reader, 'google-access/bad': '=nonsense' });
  await cloud.settled();
  await cloud.createRole('app-gone', { 'google-access': reader });
  await cloud.settled();
  await cloud.deleteRole('app-gone');
  await cloud.settled();
});
afterAll(() => cloud.close());

const history = (...args: readonly string[]): Promise<Said> => command(variables, 'history', ...args);

describe('history', () => {
  it('shows who got what, why a request was refused, and what is in effect now', async () => {
    const { status, stdout, stderr } = await history();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/granted +reports +default +reader@\S+ +Administrator\/alice/);
    expect(stdout).toMatch(/refused +reports +bad +=nonsense/);
    expect(stdout).toMatch(/reports, bad: .*is not a service account e-mail/);
    expect(stdout).toMatch(/The ledger lists 1 binding now:\n.*\nreports +default/);
    expect(stdout).toMatch(/log of rolebridge-prod-reconcile reaches back to .* \(kept for 90 days\)/);
  });

  it('shows a role that was deleted', async () => {
    const said = await history('--role', 'app-gone', '--json');
    expectDocument(['history'], said);
    const { entries, standing } = documentOf(said);
    expect(entries).toEqual([
      expect.objectContaining({ result: 'Granted', target: reader }),
      expect.objectContaining({ result: 'Revoked', target: reader }),
    ]);
    expect(standing).toEqual([]);
  });

  it('writes CSV that no spreadsheet runs', async () => {
    const { status, stdout, stderr } = await history('--role', 'reports', '-o', 'csv');
    expect(status).toBe(0);
    const rows = stdout.split('\r\n').map((line) => line.split(','));
    expect(rows[0]?.slice(0, 4)).toEqual(['at', 'result', 'account', 'role']);
    expect(rows.map((row) => row[6])).toContain("'=nonsense");
    expect(stderr).toContain('reaches back to');
  });

  it('shows only the requested period', async () => {
    const { stdout } = await history('--since', '2020-01-01', '--until', '2020-01-02');
    expect(stdout).toContain('Nothing happened in this period.');
  });

  it.each([
    [['--since', 'yesterday'], '--since must be how long ago'],
    [['--since', '2020-01-02', '--until', '2020-01-01'], 'must be later than --since'],
    [['--follow', '--until', '1d'], '--follow has no end'],
    [['--json', '-o', 'csv'], 'cannot be combined'],
    [['--role', 'reprots'], 'Did you mean reports?'],
  ])('%j is refused', async (args, message) => {
    const { status, stdout, stderr } = await history(...args);
    expect({ status, text: stdout + stderr }).toEqual({ status: 1, text: expect.stringContaining(message) });
  });

  it('finds every outcome, however many pages the search takes', async () => {
    const heal = cloud.aws.intercept(({ action, input }) => {
      if (action === 'logs:FilterLogEvents') Object.assign(input, { limit: 1 });
      return undefined;
    });
    const said = await history('--role', 'app-gone', '--json');
    heal();
    expect(documentOf(said)['entries']).toHaveLength(2);
  });

  it.each([
    ['logs:FilterLogEvents', { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }],
    ['logs:DescribeLogGroups', { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }],
    [
      'logs:FilterLogEvents',
      { kind: 'error', status: 200, code: '', message: '', output: { events: [], nextToken: 'again' } },
    ],
    ['dynamodb:Scan', { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }],
  ] as const)('fails if it cannot see everything: %s', async (failing, fault) => {
    const heal = cloud.aws.intercept(({ action, principalArn }) =>
      action === failing && principalArn.endsWith('/alice') ? fault : undefined,
    );
    const { status, stdout } = await history();
    heal();
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('Not seen: ') });
    expect(stdout).not.toContain('Nothing happened in this period');
  });

  it('fails if there is no log group', async () => {
    const [kept] = cloud.aws.logs.groups.splice(
      cloud.aws.logs.groups.findIndex(({ name }) => name === logGroup),
      1,
    );
    const said = await history();
    if (kept !== undefined) cloud.aws.logs.groups.push(kept);
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining('There is no such log group') });
  });

  it('follows the log until Ctrl-C', async () => {
    const { child, output, ended } = startCommand(variables, [
      'history',
      '--since',
      '1h',
      '--follow',
      '--json',
    ]);
    const shown = async (text: string): Promise<void> => {
      while (!output.stdout.includes(text) && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await shown('"Revoked"');
    await cloud.createRole('app-late', { 'google-access': writer });
    await shown('app-late');
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    const late = stdout
      .split('\n')
      .flatMap((line): unknown[] => (line.includes('app-late') ? [JSON.parse(line)] : []));
    expect(late).toEqual([expect.objectContaining({ kind: 'outcome', result: 'Granted' })]);
  });
});

describe('wait', () => {
  it('ends when a tagged role has its access', async () => {
    await cloud.createRole('app-new');
    const { ended } = startCommand(variables, ['wait', '--role', 'app-new', '--json']);
    await cloud.tag('app-new', { 'google-access': reader });
    const said = await ended;
    expectDocument(['wait'], said);
    expect(said.status).toBe(0);
    expect(documentOf(said)).toMatchObject({ isDone: true, grants: [{ name: 'default', target: reader }] });
    expect(cloud.boundTo(reader)).toContain('app-new');
  });

  it('ends immediately with the reason if the request is refused', async () => {
    const { status, stdout } = await command(variables, 'wait', '--role', 'reports', '--grant', 'bad');
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringContaining('is not a service account e-mail'),
    });
  });

  it('ends with the functions’ own reason if the owner has not opted in', async () => {
    const closed = email('closed');
    cloud.addServiceAccount(closed);
    cloud.optIn(closed, false);
    await cloud.createRole('app-closed', { 'google-access': closed });
    await cloud.settled();
    const { status, stdout } = await command(variables, 'wait', '--role', 'app-closed', '--timeout', '30s');
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringContaining('The functions could not give the grant default'),
    });
  });

  it.each([
    [['--role', 'reports', '--timeout', '5'], '--timeout must be a duration'],
    [['--role', 'reports', '--exchange'], 'not of role reports. Run it where the role runs'],
    [['--timeout', '0'], "required option '--role <name>' not specified"],
  ])('%j is refused', async (args, message) => {
    const { status, stdout, stderr } = await command(variables, 'wait', ...args);
    expect({ status, text: stdout + stderr }).toEqual({ status: 1, text: expect.stringContaining(message) });
  });
});
