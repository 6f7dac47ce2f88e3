import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentFile } from '../../cli/commands/local/environment-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-environment-'));
const file = join(folder, 'environment');
beforeAll(() =>
  writeFileSync(file, environmentFile({ AWS_REGION: 'us-east-1', QUOTED: "it's", EMPTY: 'x' })),
);
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = (shell: string): boolean =>
  spawnSync(shell, ['-c', 'true'], { stdio: 'ignore' }).status === 0;

const shells = [['sh'], ['bash'], ['dash'], ['zsh'], ['busybox', 'sh']].filter(([name = '']) =>
  isThere(name),
);

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))(
  'in %s',
  (_, [shell = '', ...options]) => {
    const run = (script: string): string => {
      const { stdout, stderr } = spawnSync(shell, [...options, '-euc', script, shell], {
        env: { PATH: '/usr/bin:/bin', AWS_REGION: 'eu-central-1', EMPTY: '' },
        encoding: 'utf8',
        // bash would mistake a socket for a login from another machine, and read its startup files.
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(stderr).toBe('');
      return stdout;
    };
    const show = 'echo "$AWS_REGION ${QUOTED-unset} ${EMPTY-unset}"';

    it('sets the variables', () => {
      expect(run(`. ${file}; ${show}; sh -c 'echo $QUOTED'`)).toBe("us-east-1 it's x\nit's\n");
    });

    it('deactivate restores every variable, and leaves nothing', () => {
      expect(
        run(
          `. ${file}; deactivate; ${show}; set | grep -c ^_rolebridge || true; command -v deactivate || true`,
        ),
      ).toBe('eu-central-1 unset \n0\n');
    });

    it('restores the first values even if it was read twice', () => {
      expect(run(`. ${file}; . ${file}; deactivate; ${show}`)).toBe('eu-central-1 unset \n');
    });
  },
);

it('is tested in the shells that every machine has', () => {
  expect(shells.length).toBeGreaterThan(1);
});
