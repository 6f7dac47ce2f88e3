import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve as absolutePath } from 'node:path';

/** A program to run to its end. */
export interface Order {
  /** An ES module whose name ends in .mjs, or a CommonJS one. An absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** All variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Scripts that Node loads at its start. */
  readonly preloaded: readonly string[];
}

export interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramPool {
  readonly run: (order: Order) => Promise<Ending>;
  /** Ends all its processes. */
  readonly end: () => void;
}

/**
 * Runs programs in processes that ran others before (reused-program.cjs). To start Node, and to read and compile a program, takes more
 * CPU than the work of most commands. A process that ends by itself is not used again.
 */
export const createProgramPool = (): ProgramPool => {
  const started: ChildProcess[] = [];
  const idle = new Map<string, Reused[]>();
  const start = (order: Order): Reused => {
    const reused = startReused(order);
    started.push(reused.child);
    return reused;
  };
  return {
    run: async (order) => {
      const key = keyOf(order);
      const free = idle.get(key) ?? [];
      idle.set(key, free);
      const reused = free.pop() ?? start(order);
      const ending = await reused.run(order);
      if (reused.isUsable()) free.push(reused);
      else reused.child.kill('SIGKILL');
      return ending;
    },
    end: () => {
      for (const child of started) child.kill('SIGKILL');
    },
  };
};

/** Node reads its own variables once, at its start. */
const keyOf = ({ program, preloaded, environment }: Order): string =>
  JSON.stringify([
    program,
    preloaded,
    Object.entries(environment).filter(([name]) => name.startsWith('NODE_')),
  ]);

interface Reused {
  readonly child: ChildProcess;
  readonly run: (order: Order) => Promise<Ending>;
  readonly isUsable: () => boolean;
}

/** A module stays in memory as long as its process. */
const maxRuns = 15;

const startReused = ({ preloaded, environment }: Order): Reused => {
  const flags = preloaded.flatMap((path) => ['--require', absolutePath(path)]);
  const child = spawn(process.execPath, [...flags, absolutePath('tests/support/reused-program.cjs')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let runs = 0;
  let hasEnded = false;
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      hasEnded = true;
      resolve(status);
    });
  });
  const output = { stdout: '', stderr: '' };
  let onOutput = (): void => undefined;
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      onOutput();
    });
  const written = (mark: string): Promise<void> =>
    new Promise((resolve) => {
      onOutput = () => {
        if (output.stdout.endsWith(mark) && output.stderr.endsWith(mark)) resolve();
      };
    });
  const run = async (order: Order): Promise<Ending> => {
    runs += 1;
    output.stdout = '';
    output.stderr = '';
    const endMark = `end ${randomUUID()}`;
    const statusSent = new Promise<number>((resolve) => {
      child.once('message', (status) => resolve(Number(status)));
    });
    const done = written(endMark).then(() => statusSent);
    child.send({ ...order, endMark });
    const status = await Promise.race([done, closed]);
    const { stdout, stderr } = output;
    return { status, stdout: stdout.replace(endMark, ''), stderr: stderr.replace(endMark, '') };
  };
  return { child, run, isUsable: () => !hasEnded && runs < maxRuns };
};
