import { spawn, spawnSync } from 'node:child_process';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Variables, variablesOf } from '../support/command-line.ts';
import { expectNoSecretIn } from '../support/secrets.ts';
import { reader } from '../support/settings.ts';

// util-linux's `script` gives a program a terminal of its own.
const hasScript = spawnSync('script', ['--version']).status === 0;

let cloud: Cloud;
let variables: Variables;
beforeAll(async () => {
  cloud = await startCloud();
  variables = variablesOf(cloud);
  cloud.addServiceAccount(reader);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
});
afterAll(() => cloud.close());

/** What the terminal shows, and how the program ended. `answer` is typed when it asks. */
const atTerminal = (command: string, answer = ''): Promise<{ status: number | null; shown: string }> =>
  new Promise<{ status: number | null; shown: string }>((resolve, reject) => {
    const child = spawn(
      'script',
      ['-qec', `${process.execPath} dist/rolebridge.mjs ${command}`, '/dev/null'],
      {
        env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm', ...variables },
      },
    );
    let shown = '';
    let isAnswered = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isAnswered || !shown.includes('Revoke this access?')) return;
      isAnswered = true;
      child.stdin.write(answer);
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, shown }));
  }).then((seen) => {
    expectNoSecretIn([seen.shown]);
    return seen;
  });

(hasScript ? describe : describe.skip)('at a terminal (is `script` installed?)', () => {
  it('shows that work goes on, in colours', async () => {
    const { status, shown } = await atTerminal('plan');
    expect(status).toBe(0);
    expect(shown).toContain('Looking at both clouds');
    expect(shown).toContain(`${String.fromCharCode(27)}[1m`);
  });

  it.each([
    ['no', 'n\r'],
    ['Ctrl-C', '\u0003'],
  ])('asks before it changes something; %s changes nothing', async (_, answer) => {
    const { status } = await atTerminal('revoke --role reports', answer);
    expect(status).toBe(1);
    expect(cloud.aws.iam.role('reports')?.tags).toHaveLength(1);
  });

  it('yes does it', async () => {
    const { status, shown } = await atTerminal('revoke --role reports', 'y\r');
    expect(shown).toContain('Gone: role reports');
    expect(status).toBe(0);
    expect(cloud.boundTo(reader)).toEqual([]);
  });
});
