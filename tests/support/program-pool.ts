import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve as absolutePath } from 'node:path';
import { createNodePool } from './node-pool.ts';

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
}

/**
 * Runs programs in processes that ran others before (reused-program.cjs). To start Node, and to read and compile a program, takes more
 * CPU than the work of most commands. A process that ends by itself is not used again.
 */
export const createProgramPool = (): ProgramPool => {
  const pool = createNodePool(prepare);
  return {
    run: async (order) => {
      const { program, preloaded, environment } = order;
      const { work, free } = pool.take({
        script: 'tests/support/reused-program.cjs',
        // Programs share no process: the compile cache knows only the first one.
        args: [program],
        flags: preloaded.flatMap((path) => ['--require', absolutePath(path)]),
        environment,
      });
      const ending = await work.run(order);
      if (work.isUsable()) free();
      else work.end();
      return ending;
    },
  };
};

interface Reused {
  readonly run: (order: Order) => Promise<Ending>;
  readonly isUsable: () => boolean;
  readonly end: () => void;
}

/** A module stays in memory as long as its process. */
const maxRuns = 15;

const prepare = (child: ChildProcess): Reused => {
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
  return {
    run,
    isUsable: () => !hasEnded && runs < maxRuns,
    end: () => child.kill('SIGKILL'),
  };
};
