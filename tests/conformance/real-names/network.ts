import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificatesIn } from './certificates.ts';
import { allHosts, metadataAddress } from './hosts.ts';

/** The file of trusted authorities that curl, Go and OpenSSL read on Debian, Ubuntu and Alpine. */
export const systemTrust = '/etc/ssl/certs/ca-certificates.crt';

const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/**
 * Starts a program with a network, mounts and processes of its own. The kernel removes all three with its first
 * process, regardless of how that ends.
 */
const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
export const sealed: readonly string[] = [
  'unshare',
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  ...asRoot,
];

/** Parts that this machine lacks; empty if a sealed network can be created. */
export const missingForSealedNetwork = (): readonly string[] => {
  const [command = '', ...args] = sealed;
  const trial = `ip link set lo up && ip addr add ${metadataAddress}/32 dev lo && mount -t tmpfs tmpfs /tmp`;
  const canSeal = spawnSync(command, [...args, 'sh', '-ec', trial]).status === 0;
  return [
    ...(canSeal ? [] : ['unshare with ip and mount (as root)']),
    ...(spawnSync('openssl', ['version']).status === 0 ? [] : ['openssl']),
    ...(existsSync(systemTrust) ? [] : [systemTrust]),
  ];
};

/** The folder for temporary files of the programs inside: in memory, so that they end with the network. */
export const scratchIn = (folder: string): string => join(folder, 'scratch');

/**
 * Called inside: the loopback address answers for every host, the address of EC2's metadata exists, and the system
 * trusts the test's authority. Returns the scratch folder.
 */
export const setUpNetwork = (folder: string): string => {
  const scratch = setUpLoopback(folder);
  run('ip', 'addr', 'add', `${metadataAddress}/32`, 'dev', 'lo');
  replace(scratch, '/etc/hosts', ['localhost', ...allHosts].map((host) => `127.0.0.1 ${host}\n`).join(''));
  return scratch;
};

/** Called inside, as an alternative: every address is this machine's, and it answers its own questions for names. */
export const setUpCatchAll = (folder: string): string => {
  const scratch = setUpLoopback(folder);
  run('ip', 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo');
  // Without IPv6 in the kernel, nothing can connect to such an address.
  if (existsSync('/proc/net/if_inet6')) run('ip', '-6', 'route', 'add', 'local', '::/0', 'dev', 'lo');
  replace(scratch, '/etc/hosts', '127.0.0.1 localhost\n');
  replace(scratch, '/etc/resolv.conf', 'nameserver 127.0.0.1\n');
  replace(scratch, '/etc/nsswitch.conf', 'hosts: files dns\n');
  return scratch;
};

const setUpLoopback = (folder: string): string => {
  run('ip', 'link', 'set', 'lo', 'up');
  const scratch = scratchIn(folder);
  mkdirSync(scratch, { recursive: true });
  run('mount', '-t', 'tmpfs', 'tmpfs', scratch);
  const { ca } = certificatesIn(folder);
  replace(scratch, systemTrust, readFileSync(systemTrust, 'utf8') + readFileSync(ca, 'utf8'));
  return scratch;
};

/** Replaces the text of an existing system file. */
const replace = (scratch: string, path: string, text: string): void => {
  if (!existsSync(path)) return;
  const own = join(scratch, path.replaceAll('/', '_'));
  writeFileSync(own, text);
  run('mount', '--bind', own, path);
};
