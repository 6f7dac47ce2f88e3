import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** What came of one invocation. `died`: the process ended before it answered. */
export type Invoked =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly message: string }
  | { readonly kind: 'died' };

export interface Container {
  readonly accessKeyId: string;
  readonly invoke: (event: unknown) => Promise<Invoked>;
  /** Ends the process at once, as Lambda does at a time-out. */
  readonly kill: () => void;
  readonly isAlive: () => boolean;
}

export interface ContainerOptions {
  readonly bundle: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly onLog: (line: string) => void;
}

/** A process that holds one function's bundle, as a Lambda container does: one invocation at a time, reused while it lives. */
export const startContainer = ({
  bundle,
  handler,
  environment,
  timeoutSeconds,
  onLog,
}: ContainerOptions): Container => {
  const child: ChildProcess = fork(
    join(process.cwd(), 'local/stack/bootstrap.cjs'),
    [bundle, handler, String(timeoutSeconds)],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .forEach(onLog),
    );
  }
  let isAlive = true;
  child.on('exit', () => {
    isAlive = false;
  });
  const kill = (): void => {
    isAlive = false;
    child.kill('SIGKILL');
  };
  return {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    isAlive: () => isAlive,
    kill,
    invoke: (event) =>
      new Promise((resolve) => {
        const timer = setTimeout(kill, timeoutSeconds * 1000);
        const settle = (invoked: Invoked): void => {
          clearTimeout(timer);
          child.off('message', onMessage);
          child.off('exit', onExit);
          resolve(invoked);
        };
        const onMessage = (message: unknown): void => settle(message as Invoked);
        const onExit = (): void => settle({ kind: 'died' });
        child.on('message', onMessage);
        child.on('exit', onExit);
        child.send({ event });
      }),
  };
};
