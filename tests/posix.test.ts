import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { environmentFile } from '../cli/commands/local/environment-file.ts';
import manifest from '../package.json' with { type: 'json' };
import { command } from './support/command-line.ts';
import { tools as fetchTools, pathOf, startInstance } from './support/instance.ts';
import {
  isToolName,
  machinesWithoutGnu,
  portableOptions,
  type ToolName,
  toolFolder,
} from './support/portable-tools.ts';
import { reader } from './support/settings.ts';
import { snippetsOf } from './support/snippets.ts';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-posix-'));
afterAll(() => rmSync(folder, { recursive: true }));

for (const machine of machinesWithoutGnu)
  (machine.isHere ? describe : describe.skip)(`with ${machine.machine}`, () => {
    const folders: string[] = [];
    const pathWith = (
      tools: readonly ToolName[],
      programs: Readonly<Record<string, string>> = {},
    ): string => {
      const made = toolFolder(machine, tools, programs);
      folders.push(made);
      return made;
    };
    afterEach(() => {
      for (const one of folders.splice(0)) rmSync(one, { recursive: true });
    });
    const run = (PATH: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = folder) => {
      const [shell, ...applet] = machine.shell();
      const { status, stdout, stderr } = spawnSync(shell, [...applet, ...args], {
        cwd,
        encoding: 'utf8',
        env: { PATH, HOME: folder, NO_COLOR: '1', ...env },
      });
      return { status, stdout, stderr };
    };

    it('the launcher starts the program through links, from any folder', () => {
      const bin = mkdtempSync(join(folder, 'a folder '));
      symlinkSync(resolve('rolebridge'), join(bin, 'installed'));
      symlinkSync('installed', join(bin, 'linked'));
      const path = pathWith(['dirname', 'readlink'], { node: process.execPath });
      const version = { status: 0, stdout: `${manifest.version}\n`, stderr: '' };
      expect(run(path, [join(bin, 'linked'), '--version'])).toEqual(version);
      expect(run(path, ['linked', '--version'], {}, bin)).toEqual(version);
      expect(run(path, ['rolebridge', '--version'], {}, resolve('.'))).toEqual(version);
    });

    it('boot/fetch writes the config of a role whose name is encoded, and keeps it', async () => {
      const instance = await startInstance();
      try {
        for (const name of fetchTools.filter(isToolName)) {
          rmSync(join(instance.toolbox.folder, name));
          machine.addTool(instance.toolbox.folder, name);
        }
        instance.roleName = 'App.Prod+EU';
        instance.publish('default', reader);
        instance.publish('night', reader);
        for (const time of [1, 2])
          expect([time, await instance.fetch({ shell: machine.shell() })]).toEqual([
            time,
            { ok: true, output: expect.any(String) },
          ]);
        expect(instance.files()).toEqual(
          expect.arrayContaining(['default.json', 'night.json', 'environment']),
        );
        instance.unpublish('night');
        await instance.fetch({ shell: machine.shell() });
        instance.age(60);
        expect(await instance.fetch({ shell: machine.shell() })).toMatchObject({ ok: true });
        expect(instance.files()).not.toContain('night.json');
      } finally {
        await instance.close();
      }
    });

    it('user data installs the script and its units', async () => {
      const { stdout: userData } = await command({}, 'boot', '--print', 'user-data');
      const { stdout: script } = await command({}, 'boot', '--print', 'script');
      const root = mkdtempSync(join(folder, 'root-'));
      writeFileSync(join(root, 'user-data.sh'), userData);
      const systemctl = join(root, 'systemctl');
      writeFileSync(systemctl, '#!/bin/sh\necho "systemctl $*"\n');
      chmodSync(systemctl, 0o755);
      const path = pathWith(['base64', 'cat', 'chmod', 'gzip', 'mkdir'], { systemctl });
      expect(run(path, [join(root, 'user-data.sh')], { GOOGLE_ACCESS_ROOT: root })).toEqual({
        status: 0,
        stdout: `systemctl --root=${root} enable google-access.timer google-access.service\n`,
        stderr: '',
      });
      const installed = readFileSync(join(root, 'usr/local/sbin/google-access-fetch'), 'utf8');
      expect(script.split('\n')).toEqual(expect.arrayContaining(installed.split('\n')));
      expect(installed.length).toBeGreaterThan(10_000);
    });

    it('the pre-commit hook checks the files of a commit', () => {
      const repository = mkdtempSync(join(folder, 'repository-'));
      mkdirSync(join(repository, 'node_modules/.bin'), { recursive: true });
      symlinkSync(resolve('rolebridge'), join(repository, 'node_modules/.bin/rolebridge'));
      writeFileSync(join(repository, 'rolebridge.yml'), 'mode: on\n');
      const [{ entry }] = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as readonly [
        { readonly entry: string },
      ];
      // npx starts the program with sh.
      const path = pathWith(['dirname', 'env', 'readlink'], {
        node: process.execPath,
        npx: pathOf('npx'),
        sh: '/bin/sh',
      });
      expect(run(path, ['-c', `${entry} rolebridge.yml`], {}, repository)).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('rolebridge.yml:1:7: mode: must be one of'),
      });
    });

    it('the file of "local up" sets and restores variables without any program', () => {
      const file = join(folder, 'environment');
      writeFileSync(file, environmentFile({ AWS_REGION: 'us-east-1' }));
      const script = `. ${file}; echo "$AWS_REGION"; deactivate; echo "\${AWS_REGION-unset}"`;
      expect(run('/nonexistent', ['-euc', script])).toEqual({
        status: 0,
        stdout: 'us-east-1\nunset\n',
        stderr: '',
      });
    });
  });

describe('the shell commands of the docs', () => {
  const commands = [...globSync('docs/**/*.md'), 'README.md', 'CONTRIBUTING.md'].flatMap((path) =>
    [
      ...snippetsOf(path).flatMap(({ language, text }) => (language === 'sh' ? [text] : [])),
      ...readFileSync(path, 'utf8').matchAll(/^ {4,}\S.*/gm),
    ].flatMap((text) => usedTools(String(text)).map((used) => ({ path, ...used }))),
  );

  it('use only options that the tools of GNU, BSD and busybox all have', () => {
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter(({ name, options }) => !isPortable(name, options))).toEqual([]);
  });

  it('would otherwise be detected', () => {
    expect(usedTools('x=$(sed -i s/a/b/ file) && date --date=yesterday | grep -qE a')).toEqual([
      { name: 'sed', options: ['-i'] },
      { name: 'date', options: ['--date=yesterday'] },
      { name: 'grep', options: ['-qE'] },
    ]);
    expect([
      isPortable('sed', ['-i']),
      isPortable('date', ['--date=x']),
      isPortable('grep', ['-qE']),
    ]).toEqual([false, false, true]);
  });
});

interface UsedTool {
  readonly name: ToolName;
  readonly options: readonly string[];
}

/** Tools at the beginning of a command, with the words after them that begin with a hyphen. */
function usedTools(script: string): readonly UsedTool[] {
  return [...script.matchAll(/(?:^|[|;&({`]|\bthen|\bdo)\s*([a-z0-9]+)((?: +[^\s|;&)`]+)*)/gm)].flatMap(
    ([, name = '', rest = '']) =>
      isToolName(name) ? [{ name, options: rest.split(/ +/).filter((word) => /^-./.test(word)) }] : [],
  );
}

/** Extensions that all three support, although POSIX does not have them. */
const extensions: Readonly<Partial<Record<ToolName, RegExp>>> = {
  grep: /^-A\d+$/,
  // With a suffix for the copy, attached to the option: BSD's tool needs one.
  sed: /^-i\.\w+$/,
};

function isPortable(name: ToolName, options: readonly string[]): boolean {
  return options.every(
    (option) =>
      extensions[name]?.test(option) === true ||
      (!option.startsWith('--') &&
        Array.from(option.slice(1)).every(
          (letter) => letter !== ':' && portableOptions[name].includes(letter),
        )),
  );
}
