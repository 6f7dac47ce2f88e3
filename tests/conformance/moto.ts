import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

export const hasMoto = spawnSync('moto_server', ['--help']).status === 0;

export interface Moto {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The address that the server prints when it is ready, on either stream. */
const addressOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [server.stdout, server.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
        if (address !== undefined) resolve(address);
      });
    server.on('error', reject);
    server.on('exit', () => reject(new Error(`moto_server ended before it was ready: ${said}`)));
  });

/** AWS as moto implements it, on a port chosen by the system, in moto's own account or in another. */
export const startMoto = async (accountId?: string): Promise<Moto> => {
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(accountId === undefined ? {} : { MOTO_ACCOUNT_ID: accountId }) },
  });
  const ended = new Promise<void>((resolve) => {
    server.on('exit', () => resolve());
  });
  return {
    url: await addressOf(server),
    close: async () => {
      server.kill();
      await ended;
    },
  };
};
