import { stripVTControlCharacters } from 'node:util';
import { atTerminal, hasScript, rolebridge } from '../support/at-terminal.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, type Variables, variablesOf } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';

let cloud: Cloud;
let variables: Variables;
beforeAll(async () => {
  cloud = await startCloud();
  variables = variablesOf(cloud);
  cloud.addServiceAccount(reader);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.createRole('intern', { 'google-access': 'writer@acme-data.iam.gserviceaccount.com' });
  await cloud.settled();
});
afterAll(() => cloud.close());

const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)";

const revoke = (keys: string, columns = 80) =>
  atTerminal(`${rolebridge} revoke --role reports`, {
    variables,
    columns,
    typed: [['Revoke this access?', keys]],
  });

(hasScript ? describe : describe.skip)('at a terminal (is `script` installed?)', () => {
  it('shows progress, in colors', async () => {
    const { status, shown } = await atTerminal(`${rolebridge} plan`, { variables });
    expect(status).toBe(0);
    expect(shown).toContain('Looking at both clouds');
    expect(shown).toContain(`${String.fromCharCode(27)}[1m`);
  });

  it('asks before it changes something; "no" changes nothing', async () => {
    expect(await revoke('n\r')).toMatchObject({
      status: 1,
      shown: expect.stringContaining('Nothing was changed.'),
    });
    expect(cloud.aws.iam.role('reports')?.tags).toHaveLength(1);
  });

  it.each([60, 80, 200])(
    'Ctrl-C at a question of %i columns changes nothing, and ends with one plain sentence',
    async (columns) => {
      const { status, shown } = await revoke('\u0003', columns);
      expect(status).toBe(130);
      expect(shown).toMatch(/Interrupted\. Nothing was changed\.\r\n$/);
      expect(shown).not.toMatch(/SIGINT|Error/);
      expect(cloud.aws.iam.role('reports')?.tags).toHaveLength(1);
    },
  );

  it('ends quietly if the reader of its output closes the pipe', async () => {
    const first = await atTerminal(`${rolebridge} --help | head -1`);
    expect(first.shown).toMatch(/^Usage: rolebridge .*\r\n$/);
    // `true` ends before the command writes.
    const ended = 'echo "ended with $?" >/dev/tty';
    const noOutput = await atTerminal(`{ ${rolebridge} explain --list; ${ended}; } | true; sleep 2`);
    const noErrors = await atTerminal(
      `{ ${rolebridge} plan --verbose; ${ended}; } 2>&1 >/dev/null | true; sleep 2`,
    );
    for (const { shown } of [noOutput, noErrors]) expect(shown).toMatch(/^ended with (0|1|141)\r\n$/);
  });

  it.each([60, 80, 200])('wraps texts and shrinks tables to %i columns', async (columns) => {
    const commands = ['roles', 'doctor', `explain "${denied}"`, 'setup --help', 'nope'];
    const { shown } = await atTerminal(
      commands.map((one) => `${rolebridge} ${one} 2>${one === 'nope' ? '&1' : '/dev/null'}`).join('; '),
      { variables, columns },
    );
    const lines = stripVTControlCharacters(shown).split('\r\n');
    expect(lines.length).toBeGreaterThan(50);
    // A word that is wider than the terminal stands alone, below the text that it continues.
    expect(
      lines.filter((line) => line.length > columns && !/^\s*(?:\S+|"[^"]*"[.,;:]?)$/.test(line)),
    ).toEqual([]);
  });

  it('local up prints at Ctrl-C that it has ended, and how to leave its environment', async () => {
    const { status, shown } = await atTerminal(`exec ${rolebridge} local up`, {
      typed: [['Ctrl-C stops it', '\u0003']],
    });
    expect(status).toBe(0);
    expect(shown.replaceAll(/\s+/g, ' ')).toMatch(
      /Both clouds are stopped, and their files are removed\. In each terminal that used them: deactivate $/,
    );
  });

  it('"yes" does it', async () => {
    const { status, shown } = await revoke('y\r');
    expect(shown).toContain('Gone: role reports');
    expect(status).toBe(0);
    expect(cloud.boundTo(reader)).toEqual([]);
  });

  describe('remove, after revoke --all,', () => {
    const question = 'Remove the stack rolebridge-prod';
    const remove = (keys: string, before?: () => Promise<unknown>) =>
      atTerminal(`${rolebridge} remove`, {
        variables,
        typed: [before === undefined ? [question, keys] : [question, keys, before]],
      });
    const isDeployed = (): boolean => cloud.aws.lambda.functions.length > 0;
    beforeAll(async () => {
      expect(await command(variables, 'revoke', '--all', '--yes')).toMatchObject({ status: 0 });
    }, 60_000);

    it('asks; "no" and Ctrl-C remove nothing', async () => {
      const [no, interrupted] = [await remove('n\r'), await remove('\u0003')];
      expect(no).toEqual({ status: 1, shown: expect.stringContaining('Nothing was changed.') });
      expect(interrupted).toEqual({ status: 130, shown: expect.stringContaining('Nothing was changed.') });
      expect(isDeployed()).toBe(true);
    });

    it('rechecks after the question: someone may have resumed while it was open', async () => {
      const { status, shown } = await remove('y\r', async () => {
        expect(await command(variables, 'resume')).toMatchObject({ status: 0 });
      });
      expect(status).toBe(1);
      expect(stripVTControlCharacters(shown).replaceAll(/\s+/g, ' ')).toMatch(
        /would keep access|still grant what tags request/,
      );
      expect(isDeployed()).toBe(true);
    }, 60_000);
  });
});
