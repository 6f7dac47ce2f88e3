import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../support/run-program.ts';
import type { Look } from './seen.ts';

/** A container whose first process is systemd. */
export interface Machine {
  /** Runs a shell line in it and returns its output. */
  readonly shell: (line: string) => Promise<string>;
  /** Checks until it sees the expected state. After two minutes it returns the last state, for a test to check. */
  readonly lookUntil: (isAwaited: (units: Look['units']) => boolean) => Promise<Look>;
  /** Seconds between the start of google-access.service and the end of user data. */
  readonly userDataEnd: () => Promise<number>;
  readonly powerOff: () => Promise<void>;
}

const lookedAt = [
  'cloud-config.service',
  'cloud-final.service',
  'multi-user.target',
  'google-access.service',
  'google-access.timer',
  'app.service',
];

const trees = '/sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified';
/**
 * Puts the shell into a control group of its own and replaces it by a program. Without one, every machine of this
 * host shares the group `payload`: the systemd of one then removes a group, or kills its processes, while another's
 * service starts there.
 */
const ownGroup = `for tree in ${trees}; do
  [ -e "$tree/cgroup.procs" ] || continue
  { mkdir -p "$tree/$0" && echo $$ >"$tree/$0/cgroup.procs"; } 2>/dev/null
done
exec "$@"`;

/** Removes the control groups with this prefix, once their machines have ended. */
export const removeGroups = (prefix: string): void => {
  const remove = `for tree in ${trees}; do find "$tree/$0"* -depth -type d -exec rmdir {} + 2>/dev/null; done; true`;
  execFileSync('sh', ['-c', remove, prefix]);
};

/** Boots the contents of a folder, in a control group of the given name. */
export const boot = async (root: string, group: string): Promise<Machine> => {
  const container = spawn(
    'sh',
    [
      '-c',
      ownGroup,
      group,
      'systemd-nspawn',
      '--quiet',
      '--directory',
      root,
      '--register=no',
      '--keep-unit',
      '--resolv-conf=off',
      '--boot',
      '--console=pipe',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [container.stdout, container.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise<void>((resolve, reject) => {
    container.on('error', reject);
    container.on('close', () => resolve());
  });
  const isUp = async (): Promise<boolean> =>
    existsSync(join('/proc', leaderOf(container), 'ns')) &&
    (await enter(leaderOf(container), 'systemctl show')).status === 0;
  if (!(await until(isUp))) throw new Error(`the machine did not start: ${output.slice(-2000)}`);

  const leader = leaderOf(container);
  const shell = async (line: string): Promise<string> => (await enter(leader, line)).output;
  /** Includes each reason, so that a failure here can be understood without a second one. */
  const listFailed = async (): Promise<readonly string[]> => {
    const units = (await shell('systemctl --failed --plain --no-legend')).split('\n');
    // Debian's own units may fail in a container on a busy machine, as systemd-tmpfiles-setup did.
    const ours = units
      .map((line) => line.split(' ')[0] ?? '')
      .filter((unit) => /^(google-access|app|cloud)/.test(unit));
    return await Promise.all(
      ours.map((unit) =>
        shell(`systemctl status --no-pager --full --lines 20 ${unit} google-access.service`),
      ),
    );
  };
  const lookAtUnits = async (): Promise<Look['units']> =>
    unitsOf(await shell(`systemctl show -p Id,ActiveState,SubState ${lookedAt.join(' ')}`));
  return {
    shell,
    lookUntil: async (isAwaited) => {
      let units: Look['units'] = {};
      await until(async () => {
        units = await lookAtUnits();
        return isAwaited(units);
      });
      return {
        units,
        failed: await listFailed(),
        config: await shell('cat /etc/google-access/default.json 2>/dev/null'),
        loginShell: (await shell("sh -lc 'echo $GOOGLE_APPLICATION_CREDENTIALS'")).trim(),
      };
    },
    userDataEnd: async () => {
      const log = await shell("grep 'finish: modules-final/config-scripts-user:' /var/log/cloud-init.log");
      const start = await shell(
        'systemctl show --timestamp=us+utc -p InactiveExitTimestamp google-access.service',
      );
      return timeIn(log) - timeIn(start);
    },
    powerOff: async () => {
      await shell('systemctl poweroff');
      await ended;
    },
  };
};

/** systemd-nspawn's only child is the first process of the machine. */
const leaderOf = ({ pid }: ChildProcess): string => {
  const process = String(pid);
  const children = join('/proc', process, 'task', process, 'children');
  return existsSync(children) ? (readFileSync(children, 'utf8').trim().split(' ').at(-1) ?? '') : '';
};

const enter = (leader: string, line: string) =>
  runProgram(['nsenter', '--target', leader, '--mount', '--uts', '--ipc', '--pid', '--', 'sh', '-c', line], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
  });

/** Up to two minutes, because machines are slow while others run. */
const until = async (isTrue: () => Promise<boolean>): Promise<boolean> => {
  const endsAt = performance.now() + 120_000;
  while (!(await isTrue())) {
    if (performance.now() > endsAt) return false;
    await sleep(300);
  }
  return true;
};

/** Parses the properties that systemd prints, a paragraph per unit. */
const unitsOf = (text: string): Look['units'] =>
  Object.fromEntries(
    text.split('\n\n').map((paragraph) => {
      const {
        Id = '',
        ActiveState = '',
        SubState = '',
      } = Object.fromEntries(paragraph.split('\n').map((line) => line.split('='))) as Partial<
        Record<string, string>
      >;
      return [Id, `${ActiveState}/${SubState}`];
    }),
  );

/** cloud-init logs `2026-11-28 00:37:43,123 - …`, systemd prints `Sat 2026-11-28 00:37:43.123456 UTC`; both are UTC. */
const timeIn = (text: string): number => {
  const [, day = '', time = '', milliseconds = ''] = /([\d-]{10}) ([\d:]{8})[,.](\d{3})/.exec(text) ?? [];
  return Date.parse(`${day}T${time}.${milliseconds}Z`) / 1000;
};

/** Mounts a folder whose changes stay in memory, over a base that is shared. */
export const mountMachine = (base: string, scratch: string): string => {
  const mount = (...args: readonly string[]): void => {
    execFileSync('mount', args);
  };
  mount('-t', 'tmpfs', 'tmpfs', scratch);
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(scratch, name));
  execFileSync('mkdir', [String(upper), String(work), String(root)]);
  mount('-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, String(root));
  return String(root);
};
