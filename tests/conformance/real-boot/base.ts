import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../support/run-program.ts';

const suite = 'bookworm';
const packages = ['systemd', 'systemd-sysv', 'dbus', 'procps', 'curl', 'ca-certificates', 'cloud-init'];

/** The folder of a Debian with systemd and cloud-init. It takes minutes to create, and later runs share it. */
export const debianBase = async (): Promise<string> => {
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  const made = await runProgram(
    ['unshare', '--mount', 'sh', '-ec', inMemory, 'sh', unfinished, packages.join(','), suite, mirror()],
    {},
  );
  if (made.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`mmdebstrap ended with ${String(made.status)}: ${made.output.slice(-1000)}`);
  }
  // Another run may have been faster.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
  return folder;
};

/** dpkg waits for the disk after each file, so we let it write to memory first. */
const inMemory = `
  memory=$1/memory
  mkdir -p "$memory"
  mount -t tmpfs tmpfs "$memory"
  TMPDIR="$memory" mmdebstrap --quiet --variant=minbase --include="$2" "$3" "$memory/debian" "$4"
  rm -rf "$memory/debian/var/cache/apt/archives" "$memory/debian/usr/share/doc"
  cp -a "$memory/debian/." "$1/"
  umount "$memory"
  rmdir "$memory"`;

// It is not in /tmp, where others could put a folder of that name.
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const key = createHash('sha256')
  .update([suite, ...packages].join(' '))
  .digest('hex')
  .slice(0, 12);
const folder = join(cache, `rolebridge-debian-${key}`);

/** The release of this machine, if it is a Debian. */
const mirror = (): string => {
  const listed = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const ofDebian = listed.stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  return ofDebian?.replace(/\/$/, '') ?? 'http://deb.debian.org/debian';
};

/** Parts that this machine lacks; empty if the base exists or can be created. */
export const missingForBase = (): readonly string[] => {
  if (existsSync(folder)) return [];
  const has = (...[command = '', ...args]: readonly string[]): boolean =>
    spawnSync(command, args).status === 0;
  return [
    ...(has('mmdebstrap', '--version') ? [] : ['mmdebstrap']),
    ...(existsSync('/usr/share/keyrings/debian-archive-keyring.gpg') ? [] : ['debian-archive-keyring']),
    ...(has('curl', '-sfI', '--max-time', '20', `${mirror()}/dists/${suite}/InRelease`)
      ? []
      : ["Debian's mirror"]),
  ];
};
