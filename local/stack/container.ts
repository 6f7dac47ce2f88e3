import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve as absolutePath } from 'node:path';
import { createInterface } from 'node:readline';
import { type Reply, type RuntimeApi, startRuntimeApi, type Thrown } from './runtime-api.ts';

/** The result of one invocation. `died`: the process ended before it answered. `throttled`: the invocation did not begin. */
export type Invoked =
  | Reply
  | { readonly kind: 'timedOut'; readonly message: string }
  | { readonly kind: 'died' }
  | { readonly kind: 'throttled' };

export interface Container {
  readonly accessKeyId: string;
  readonly invoke: (event: unknown) => Promise<Invoked>;
  /** Ends the process immediately, as Lambda does at a timeout. */
  readonly kill: () => void;
  readonly isAlive: () => boolean;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
}

/** A Node script that takes events from the Runtime API, and how its process is treated between events. */
export interface Runtime {
  /** Its path, also relative to the folder in which the world runs. */
  readonly script: string;
  /** Stops the process while it waits for an event, as Lambda does, so that none of the function's timers runs. */
  readonly isFrozenBetween: boolean;
  /** @default a new process for each container */
  readonly start?: StartProcess;
}

export type StartProcess = (options: ProcessOptions) => ContainerProcess;

export interface ProcessOptions {
  readonly script: string;
  /** Node's own options. */
  readonly flags: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (line: string) => void;
}

export interface ContainerProcess {
  readonly pid: number | undefined;
  readonly signal: (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void;
  /** Called in place of a kill while it waits for an event. @default it is killed then, too */
  readonly retire?: () => void;
  /** Resolves when it does nothing more for this container. */
  readonly ended: Promise<void>;
}

export interface ContainerOptions {
  /** Folder that holds the code. */
  readonly codeFolder: string;
  /** The handler in the template: `dist/handlers/reconcile.handler`. */
  readonly handler: string;
  readonly functionArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly runtime: Runtime;
  readonly onLog: (line: string) => void;
}

/** Starts a process for one function's bundle. Like a Lambda container, it runs one invocation at a time and is reused. */
export const startContainer = (options: ContainerOptions): Container => {
  const { environment, functionArn, timeoutSeconds, memoryMegabytes, runtime, onLog } = options;
  let child: ContainerProcess | undefined;
  let isAlive = true;
  // Until its code is loaded, and during each invocation.
  let isBusy = true;
  let initError: Thrown | undefined;
  const kill = (): void => {
    isAlive = false;
    const retire = child?.retire;
    if (isBusy || retire === undefined) child?.signal('SIGKILL');
    // Shortly after an answer, the runtime asks for the next event.
    else void waiting.promise.then(retire);
  };
  let waiting = Promise.withResolvers<void>();
  const api = startRuntimeApi({
    onWaiting: () => {
      isBusy = false;
      if (runtime.isFrozenBetween) child?.signal('SIGSTOP');
      waiting.resolve();
    },
    onInitError: (error) => {
      initError = error;
    },
  });
  const start = async ({ hostAndPort, close }: RuntimeApi): Promise<void> => {
    // `kill` may have been called first.
    if (isAlive) {
      child = (runtime.start ?? spawnProcess)(processOptions(options, hostAndPort));
      await child.ended;
      isAlive = false;
    }
    await close();
  };
  const ended = api.then(start);

  const reply = async (event: unknown, requestId: string): Promise<Invoked> => {
    const { invoke } = await api;
    waiting = Promise.withResolvers<void>();
    isBusy = true;
    child?.signal('SIGCONT');
    const deadline = Date.now() + timeoutSeconds * 1000;
    const traceId = newTraceId();
    const answered = invoke({ requestId, functionArn, traceId, deadline, event });
    const replied = await Promise.race([answered, ended.then(() => ({ kind: 'died' as const }))]);
    isBusy = false;
    return replied;
  };
  const invokeInTime = async (event: unknown): Promise<Invoked> => {
    const requestId = randomUUID();
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      kill();
    }, timeoutSeconds * 1000);
    const startedAt = performance.now();
    const invoked = await reply(event, requestId);
    const milliseconds = performance.now() - startedAt;
    clearTimeout(timer);
    if (isTimedOut && invoked.kind === 'died')
      return { kind: 'timedOut', message: `Task timed out after ${timeoutSeconds.toFixed(2)} seconds` };
    const used = memoryUsedBy(child?.pid);
    // The function's lines are in the pipe, because it wrote them before it answered. One turn of the event loop reads them.
    await new Promise((resolve) => setImmediate(resolve));
    if (invoked.kind !== 'died') onLog(reportOf(requestId, milliseconds, memoryMegabytes, used));
    return invoked;
  };

  return {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    isAlive: () => isAlive,
    ended,
    kill,
    invoke: async (event) => {
      // Wait until the code is loaded or the previous answer is handled. As in Lambda, this does not use up the timeout.
      await Promise.race([waiting.promise, ended]);
      if (isAlive) return invokeInTime(event);
      await ended;
      return initError === undefined ? { kind: 'died' } : { kind: 'threw', error: initError };
    },
  };
};

/** The working directory is the code's folder, as in Lambda. */
const processOptions = (
  { codeFolder, handler, environment, memoryMegabytes, runtime, onLog }: ContainerOptions,
  hostAndPort: string,
): ProcessOptions => ({
  script: absolutePath(runtime.script),
  flags: heapLimits(memoryMegabytes),
  folder: codeFolder,
  environment: {
    ...environment,
    // Containers share what they compiled.
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    AWS_LAMBDA_RUNTIME_API: hostAndPort,
    LAMBDA_TASK_ROOT: codeFolder,
    _HANDLER: handler,
  },
  onLog,
});

const spawnProcess: StartProcess = ({ script, flags, folder, environment, onLog }) => {
  const child = spawn(process.execPath, [...flags, script], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      if (line !== '') onLog(line);
    });
  return {
    pid: child.pid,
    signal: (name) => child.kill(name),
    ended: exitOf(child),
  };
};

/**
 * V8's limits, as Lambda's Node runtimes set them in /var/runtime/bootstrap: a tenth of the function's memory for the new
 * space, and the rest for the old one. Read in a published copy of nodejs18.x's; unverified for nodejs24.x.
 */
const heapLimits = (memoryMegabytes: number): readonly string[] => {
  const newSpace = Math.floor(memoryMegabytes / 10);
  return [
    `--max-semi-space-size=${Math.floor(newSpace / 2)}`,
    `--max-old-space-size=${memoryMegabytes - newSpace}`,
  ];
};

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });

/** X-Ray's format: a version, the time and 96 bits. Not sampled, because the stack does not trace. */
const newTraceId = (): string => {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
};

/** The process's peak memory in megabytes, or undefined if the system does not report it (Linux does). */
const memoryUsedBy = (pid: number | undefined): number | undefined => {
  const path = `/proc/${pid}/status`;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(existsSync(path) ? readFileSync(path, 'utf8') : '') ?? [];
  return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1024);
};

/** The line that Lambda writes at the end of each invocation. */
const reportOf = (requestId: string, milliseconds: number, size: number, used: number | undefined): string =>
  [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${milliseconds.toFixed(2)} ms`,
    `Memory Size: ${size} MB`,
    ...(used === undefined ? [] : [`Max Memory Used: ${used} MB`]),
  ].join('\t');

export const ownRuntime: Runtime = {
  script: 'local/stack/bootstrap.cjs',
  isFrozenBetween: false,
};

const { NODE_COMPILE_CACHE } = process.env;
