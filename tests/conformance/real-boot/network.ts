import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

const metadataAddress = '169.254.169.254';

/**
 * Starts a program with a network, mounts and processes of its own. All three end with it, regardless of how it ends.
 */
export const sealed: readonly string[] = 'unshare --net --mount --pid --fork --kill-child --mount-proc'.split(
  ' ',
);

/** Parts that this machine lacks; empty if it can boot a machine in a sealed network. */
export const missingForMachine = (): readonly string[] => {
  const [command = '', ...args] = sealed;
  const overlay = 'mkdir l u w r && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w r';
  const trial = `ip link set lo up && mount -t tmpfs tmpfs /tmp && cd /tmp && ${overlay}`;
  return [
    ...(spawnSync(command, [...args, 'sh', '-ec', trial]).status === 0
      ? []
      : ['unshare with ip, tmpfs and overlay (as root)']),
    ...['systemd-nspawn', 'nsenter', 'openssl'].filter(
      (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
    ),
  ];
};

const certificateIn = (folder: string) => ({
  certificate: join(folder, 'host.pem'),
  key: join(folder, 'host.key'),
});

/** A certificate for one host, which is its own authority. */
export const makeCertificate = (folder: string, host: string): void => {
  const { certificate, key } = certificateIn(folder);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const names = ['-days', '2', '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', ...newKey, ...names, '-out', certificate], { stdio: 'ignore' });
};

/** Inside: EC2's metadata service has its own address, and TLS on the loopback address leads to AWS. */
export const openNetwork = async (folder: string, metadataUrl: string, awsUrl: string): Promise<string> => {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  execFileSync('ip', ['addr', 'add', `${metadataAddress}/32`, 'dev', 'lo']);
  const paths = certificateIn(folder);
  const [key, cert] = [readFileSync(paths.key), readFileSync(paths.certificate)];
  await Promise.all([
    listen(createServer(joinedTo(metadataUrl)), 80, metadataAddress),
    listen(createTlsServer({ key, cert }, joinedTo(awsUrl)), 443, '127.0.0.1'),
  ]);
  return cert.toString();
};

const joinedTo =
  (url: string) =>
  (client: Socket): void => {
    const server = connect(Number(new URL(url).port), '127.0.0.1');
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.pipe(server).pipe(client);
  };

const listen = (server: Server, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
