import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { bashScript, zshScript } from '../../cli/commands/completion/bash.ts';
import { commandWords } from '../../cli/commands/completion/command-words.ts';
import { fishScript } from '../../cli/commands/completion/fish.ts';
import { createProgram } from '../../cli/program.ts';
import { atTerminal, hasScript } from '../support/at-terminal.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, type Variables, variablesOf } from '../support/command-line.ts';
import { compileCache } from '../support/compile-cache.ts';
import { expectDocument } from '../support/documents.ts';
import { isInstalled } from '../support/instance.ts';
import { runProgram } from '../support/run-program.ts';
import { reader } from '../support/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-names-'));
let cloud: Cloud;
let variables: Variables;
beforeAll(async () => {
  const commands = commandWords(createProgram('.', '0', new AbortController().signal));
  writeFileSync(join(folder, 'bash'), bashScript(commands));
  writeFileSync(join(folder, 'zsh'), zshScript(commands));
  writeFileSync(join(folder, 'fish'), fishScript(commands));
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  await cloud.createRole('app-web', { 'google-access': reader, 'google-access/night': reader });
  await cloud.createRole('app-mail', { 'google-access/mail': reader });
  await cloud.createRole('app-plain');
  await cloud.createRole('=ls', { 'google-access': reader });
  await cloud.settled();
  variables = variablesOf(cloud);
}, 60_000);
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

/** The tests do not depend on this machine's speed. */
const patient = ['--within', '60'];

describe('the names that the scripts complete', () => {
  it('are the roles of the ledger that are plain words in a shell, and the grants of a role', async () => {
    expect(await command(variables, 'completion', 'roles', ...patient)).toEqual({
      status: 0,
      stdout: 'app-mail\napp-web\n',
      stderr: '',
    });
    const grants = ['completion', 'grants', ...patient, '--role'];
    expect((await command(variables, ...grants, 'App-Web')).stdout).toBe('default\nnight\n');
    expect((await command(variables, ...grants, 'arn:aws:iam::111122223333:role/x/app-mail')).stdout).toBe(
      'mail\n',
    );
    const said = await command(variables, 'completion', 'roles', ...patient, '--json');
    expect(documentOf(said)).toEqual({ version: 1, names: ['app-mail', 'app-web'], isComplete: true });
    expectDocument(['completion', 'roles'], said);
  });

  it('write nothing to a cloud', async () => {
    const before = cloud.aws.calls.length;
    await command(variables, 'completion', 'roles', ...patient);
    expect([...new Set(cloud.aws.calls.slice(before).map(({ action }) => action))]).toEqual([
      'lambda:GetFunctionConfiguration',
      'dynamodb:Scan',
    ]);
  });

  it('are none, without a message, if nothing responds', async () => {
    const unreachable = { ...variables, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    expect(await command(unreachable, 'completion', 'roles', ...patient)).toEqual({
      status: 0,
      stdout: '\n',
      stderr: '',
    });
    const said = await command(unreachable, 'completion', 'roles', ...patient, '--json');
    expect(documentOf(said)).toEqual({ version: 1, names: [], isComplete: false });
  });

  describe('with a cloud that never responds', () => {
    let silent: Server;
    beforeAll(async () => {
      silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => {
      silent.closeAllConnections();
      silent.close();
    });

    it('end, although the requests never do', async () => {
      const { port } = silent.address() as AddressInfo;
      const silence = { ...variables, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
      expect(await command(silence, 'completion', 'roles')).toEqual({ status: 0, stdout: '\n', stderr: '' });
    });

    it('end, although a credential process never does', async () => {
      const config = join(folder, 'config');
      const endless = join(folder, 'endless');
      writeFileSync(endless, `#!/bin/sh\necho $$ >${folder}/pid\nexec sleep 600\n`, { mode: 0o755 });
      writeFileSync(config, `[default]\ncredential_process = ${endless}\n`);
      const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = variables;
      expect(AWS_ACCESS_KEY_ID === undefined && AWS_SECRET_ACCESS_KEY === undefined).toBe(false);
      const sleeping = { ...others, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
      expect(await command(sleeping, 'completion', 'roles')).toEqual({ status: 0, stdout: '\n', stderr: '' });
      process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')));
    });
  });
});

/** The program under its name, as a shell finds it. */
const program = (body: string): string => {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, 'rolebridge'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return bin;
};
const environmentWith = (bin: string): NodeJS.ProcessEnv => ({
  ...compileCache,
  ...variables,
  HOME: folder,
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
});

const cases: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ['roles --role ', ['app-mail', 'app-web']],
  ['roles --role app-w', ['app-web']],
  ['--stage prod wait --role app-web --grant ', ['default', 'night']],
  ['wait --role app-mail --grant ', ['mail']],
  ['wait --grant ', []],
  ['--stage nowhere roles --role ', []],
];
/** Starts the built program, and returns the words that complete a line. */
const completed = {
  bash: async (bin: string, line: string): Promise<readonly string[]> => {
    const words = ['rolebridge', ...line.split(' ')];
    const [previous = '', current = ''] = words.slice(-2);
    const script = `source ${folder}/bash; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _rolebridge rolebridge '${current}' '${previous}'; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { output } = await runProgram(['bash', '--norc', '-c', script], { env: environmentWith(bin) });
    return output.split('\n').filter((word) => word !== '');
  },
  fish: async (bin: string, line: string): Promise<readonly string[]> => {
    const script = `source ${folder}/fish; complete -C 'rolebridge ${line}'`;
    const { output } = await runProgram(['fish', '--no-config', '-c', script], { env: environmentWith(bin) });
    return output
      .split('\n')
      .flatMap((one) => one.split('\t')[0] || [])
      .toSorted();
  },
};

const real = (): string =>
  program(`exec ${process.execPath} ${process.cwd()}/dist/rolebridge.mjs "$@" --within 60`);
/** Names that a cloud might return through a program of another version. */
const hostile = [
  'app-$(touch HIT)',
  'app-`touch HIT`',
  'app-;touch HIT',
  "app-'",
  'app-*',
  '-app',
  '=app',
  'app-good',
];

for (const shell of ['bash', 'fish'] as const)
  (isInstalled(shell) ? describe : describe.skip)(shell, () => {
    it.each(cases)('completes "%s"', async (line, expected) => {
      expect(await completed[shell](real(), line)).toEqual(expected);
    });

    it('offers no name that the shell would interpret, and executes none', async () => {
      const bin = program(`cat <<'END'\n${hostile.join('\n')}\nEND`);
      expect(await completed[shell](bin, 'roles --role ')).toEqual(['app-good']);
      expect(spawnSync('test', ['-e', 'HIT']).status).toBe(1);
    });
  });

(hasScript && isInstalled('zsh') ? it : it.skip).each([
  ['bash', `bash --norc --noprofile -i`, 'source FOLDER/bash'],
  ['zsh', 'zsh -f -i', 'autoload -Uz compinit; compinit -D -u; source FOLDER/zsh'],
] as const)('%s completes a role and a grant at a terminal', async (_, start, setUp) => {
  const bin = program(
    `case $* in 'completion roles') echo app-web ;; 'completion grants --role=app-web') echo night ;; esac`,
  );
  const { shown } = await atTerminal(
    `cd ${folder}; timeout --foreground -k 1 20 env PATH=${bin}:$PATH PS1='first>' ${start}`,
    {
      columns: 200,
      typed: [
        ['first>', `PS1=''; ${setUp.replace('FOLDER', folder)}; PS1=ready'>'\n`],
        ['ready>', 'rolebridge wait --role ap\t'],
        ['app-web', '--grant ni\t'],
        ['--grant night', '\u0015exit\n'],
      ],
    },
  );
  expect(stripVTControlCharacters(shown).replaceAll('\b', '')).toMatch(/--role app-web +--grant night/);
});
