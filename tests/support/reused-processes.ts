import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ContainerProcess, ProcessOptions, StartProcess } from '../../local/stack/container.ts';
import { createNodePool, type Taken } from './node-pool.ts';

export interface ReusedProcesses {
  readonly start: StartProcess;
  /** Ends those whose container still runs, and forgets what the others ran. */
  readonly endSuite: () => void;
}

/**
 * Passes the process of a container that ended while it waited to the next one. Starting Node, reading the code and
 * compiling it takes more CPU than most invocations. A process that ends in any other way is not used again. The
 * script must be reused-bootstrap.cjs, or run it.
 */
export const reuseProcesses = (): ReusedProcesses => {
  const all = new Set<Reused>();
  const pool = createNodePool((child) => {
    const reused = prepare(child);
    all.add(reused);
    child.once('exit', () => all.delete(reused));
    return reused;
  });
  return {
    start: (options) => {
      const { work, free, leave } = pool.take({ ...options, args: [] });
      return work.run(options, { free, leave });
    },
    endSuite: () => {
      pool.endBusy();
      for (const { forget } of all) forget();
    },
  };
};

interface Reused {
  readonly run: (options: ProcessOptions, pool: Pick<Taken<Reused>, 'free' | 'leave'>) => ContainerProcess;
  /** A suite that has ended reads no lines, and stays in memory as long as anything can give it some. */
  readonly forget: () => void;
}

const prepare = (child: ChildProcess): Reused => {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let onEnded = (): void => undefined;
  child.on('message', () => onEnded());
  const streams = [child.stdout, child.stderr].flatMap((input) =>
    input === null ? [] : [readContainers(input)],
  );
  const run: Reused['run'] = ({ folder, environment, onLog }, { free, leave }) => {
    const mark = `container ${randomUUID()}`;
    for (const { expectMark } of streams) expectMark(mark, onLog);
    const retired = Promise.withResolvers<void>();
    let isRetired = false;
    // Its code did not load, or no longer reaches the Runtime API.
    onEnded = () => {
      if (isRetired) free();
      else child.kill('SIGKILL');
    };
    child.send({ mark, folder, environment });
    return {
      pid: child.pid,
      signal: (name) => child.kill(name),
      retire: () => {
        isRetired = true;
        leave();
        retired.resolve();
      },
      ended: Promise.race([exited, retired.promise]),
    };
  };
  return {
    run,
    forget: () => {
      for (const { forget } of streams) forget();
    },
  };
};

type OnLog = (line: string) => void;

/** Lines belong to the container whose mark came last in their stream, even if they are read after it has ended. */
const readContainers = (input: Readable) => {
  let expected: { readonly mark: string; readonly onLog: OnLog } | undefined;
  let current: OnLog | undefined;
  createInterface({ input }).on('line', (line) => {
    if (line === expected?.mark) current = expected.onLog;
    else if (line !== '') current?.(line);
  });
  return {
    expectMark: (mark: string, onLog: OnLog): void => {
      expected = { mark, onLog };
    },
    forget: (): void => {
      expected = undefined;
      current = undefined;
    },
  };
};
