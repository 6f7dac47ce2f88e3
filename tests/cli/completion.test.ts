import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { commandNames } from '../../cli/command-names.ts';
import { bashScript, zshScript } from '../../cli/commands/completion/bash.ts';
import { commandWords } from '../../cli/commands/completion/command-words.ts';
import { fishScript } from '../../cli/commands/completion/fish.ts';
import { createProgram } from '../../cli/program.ts';
import { atTerminal, hasScript } from '../support/at-terminal.ts';
import { pathOf } from '../support/instance.ts';
import { machinesWithoutGnu, toolFolder } from '../support/portable-tools.ts';

const commands = commandWords(createProgram('.', '0', new AbortController().signal));
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' }).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
const files = { bash: join(folder, 'bash'), zsh: join(folder, 'zsh'), fish: join(folder, 'fish') };
beforeAll(() => {
  writeFileSync(files.bash, bashScript(commands));
  writeFileSync(files.zsh, zshScript(commands));
  writeFileSync(files.fish, fishScript(commands));
  for (const name of ['rolebridge.yml', 'rolebridge.test.yml', 'rolebridge.example.yml'])
    writeFileSync(join(folder, name), '');
});

const cases: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ['pl', ['plan']],
  ['credentials s', ['serve']],
  ['roles --r', ['--role']],
  ['roles -o ', ['table', 'json', 'csv']],
  ['plan --stage ', ['prod', 'test']],
  ['--stage test hist', ['history']],
  ['plan --role ', []],
  ['completion f', ['fish']],
  ['credentials serve --po', ['--port']],
];
const paths = machinesWithoutGnu
  .filter(({ isHere }) => isHere)
  .map((machine) => ({ machine: machine.machine, PATH: toolFolder(machine, ['grep', 'ls', 'sed']) }));
afterAll(() => {
  for (const made of [folder, ...paths.map(({ PATH }) => PATH)]) rmSync(made, { recursive: true });
});

it('knows every command', () => {
  expect(commands[0]?.subcommands.map(({ name }) => name)).toEqual([...commandNames, 'help']);
});

describe.each(paths)('with $machine', ({ PATH }) => {
  const bash = pathOf('bash');
  it.each(cases)('bash completes "%s"', (line, expected) => {
    const words = ['rolebridge', ...line.split(' ')];
    const [previous = '', current = ''] = words.slice(-2);
    const script = `source ${files.bash}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _rolebridge rolebridge '${current}' '${previous}'; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync(bash, ['--norc', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH },
    });
    expect({ stderr, words: stdout.split('\n').filter((word) => word !== '') }).toEqual({
      stderr: '',
      words: expected,
    });
  });
});

(has('fish') ? it : it.skip).each(cases)('fish completes "%s"', (line, expected) => {
  const { stdout, stderr } = spawnSync(
    pathOf('fish'),
    ['--no-config', '-c', `source ${files.fish}; complete -C 'rolebridge ${line}'`],
    // fish calls no other program.
    { cwd: folder, encoding: 'utf8', env: { PATH: '/nonexistent', HOME: folder } },
  );
  const words = stdout.split('\n').flatMap((one) => one.split('\t')[0] || []);
  expect({ stderr, words: words.toSorted() }).toEqual({ stderr: '', words: [...expected].toSorted() });
});

const shells = [
  ['bash', `${pathOf('bash')} --norc --noprofile -i`, `source ${files.bash}`],
  [
    'zsh',
    `${has('zsh') ? pathOf('zsh') : 'zsh'} -f -i`,
    `autoload -Uz compinit; compinit -D -u; source ${files.zsh}`,
  ],
] as const;
for (const [shell, start, setUp] of shells)
  (hasScript && has(shell) ? it : it.skip)(
    `${shell} completes a command and a stage at a terminal`,
    async () => {
      const { shown } = await atTerminal(
        `cd ${folder}; timeout --foreground -k 1 20 env PATH=${paths[0]?.PATH} PS1='first>' ${start}`,
        {
          columns: 200,
          typed: [
            ['first>', `PS1=''; ${setUp}; PS1=ready'>'\n`],
            ['ready>', 'rolebridge expl\t'],
            ['explain', '--stage te\t'],
            ['--stage test', '\u0015exit\n'],
          ],
        },
      );
      // zsh moves the cursor back to draw the space again.
      expect(stripVTControlCharacters(shown).replaceAll('\b', '')).toMatch(/explain +--stage test/);
    },
  );
