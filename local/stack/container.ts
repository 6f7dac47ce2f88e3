import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** As Lambda tells the caller of an error that a function threw. */
export interface Thrown {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What came of one invocation. `died`: the process ended before it answered. `throttled`: there was none. */
export type Invoked =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly message: string; readonly error: Thrown }
  | { readonly kind: 'timedOut'; readonly message: string }
  | { readonly kind: 'died' }
  | { readonly kind: 'throttled' };

export interface Container {
  readonly accessKeyId: string;
  readonly invoke: (event: unknown) => Promise<Invoked>;
  /** Ends the process at once, as Lambda does at a time-out. */
  readonly kill: () => void;
  readonly isAlive: () => boolean;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
}

export interface ContainerOptions {
  readonly bundle: string;
  readonly handler: string;
  readonly functionArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly onLog: (line: string) => void;
}

/** A process that holds one function's bundle, as a Lambda container does: one invocation at a time, reused while it lives. */
export const startContainer = ({
  bundle,
  handler,
  functionArn,
  environment,
  timeoutSeconds,
  onLog,
}: ContainerOptions): Container => {
  const child: ChildProcess = fork(join(process.cwd(), 'local/stack/bootstrap.cjs'), [bundle, handler], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  for (const input of [child.stdout, child.stderr])
    if (input !== null)
      createInterface({ input }).on('line', (line) => {
        if (line !== '') onLog(line);
      });
  let isAlive = true;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isAlive = false;
      resolve();
    });
  });
  const loaded = new Promise<void>((resolve) => {
    child.once('message', () => resolve());
  });
  const kill = (): void => {
    isAlive = false;
    child.kill('SIGKILL');
  };
  const answerTo = (event: unknown, deadline: number): Promise<Invoked> =>
    new Promise((resolve) => {
      // What the function printed before it answered is in the pipe by now: a turn of the loop brings it into the logs.
      child.once('message', (message) => setImmediate(() => resolve(message as Invoked)));
      void ended.then(() => resolve({ kind: 'died' }));
      // With a callback a closed channel is no error event; the process's end, which follows, settles the invocation.
      child.send({ event, deadline, requestId: randomUUID(), functionArn }, () => undefined);
    });

  return {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    isAlive: () => isAlive,
    ended,
    kill,
    invoke: async (event) => {
      // Loading the code is not on the function's time, as in Lambda, where it has ten seconds of its own.
      await Promise.race([loaded, ended]);
      if (!isAlive) {
        await ended;
        return { kind: 'died' };
      }
      const milliseconds = timeoutSeconds * 1000;
      let isTimedOut = false;
      const timer = setTimeout(() => {
        isTimedOut = true;
        kill();
      }, milliseconds);
      const invoked = await answerTo(event, Date.now() + milliseconds);
      clearTimeout(timer);
      return isTimedOut && invoked.kind === 'died'
        ? { kind: 'timedOut', message: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` }
        : invoked;
    },
  };
};
