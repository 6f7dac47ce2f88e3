import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ContainerProcess, ProcessOptions, StartProcess } from '../../local/stack/container.ts';
import { createNodePool } from './node-pool.ts';

export interface ReusedProcesses {
  readonly start: StartProcess;
  /** Ends all of them. */
  readonly end: () => void;
}

/**
 * Passes the process of a container that ended while it waited to the next one. Starting Node, reading the code and
 * compiling it takes more CPU than most invocations. A process that ends in any other way is not used again. The
 * script must be reused-bootstrap.cjs, or run it.
 */
export const reuseProcesses = (): ReusedProcesses => {
  const pool = createNodePool(prepare);
  return {
    start: (options) => {
      const { work, free } = pool.take({ ...options, args: [] });
      return work(options, free);
    },
    end: pool.end,
  };
};

type RunContainer = (options: ProcessOptions, onFree: () => void) => ContainerProcess;

const prepare = (child: ChildProcess): RunContainer => {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let onEnded = (): void => undefined;
  child.on('message', () => onEnded());
  // Lines belong to the container whose mark came last in their stream, even if they are read after it has ended.
  const logs = new Map<string, (line: string) => void>();
  for (const input of [child.stdout, child.stderr])
    if (input !== null) {
      let onLog: ((line: string) => void) | undefined;
      createInterface({ input }).on('line', (line) => {
        const next = logs.get(line);
        if (next !== undefined) onLog = next;
        else if (line !== '') onLog?.(line);
      });
    }
  return ({ folder, environment, onLog }, onFree) => {
    const mark = `container ${randomUUID()}`;
    logs.clear();
    logs.set(mark, onLog);
    const retired = Promise.withResolvers<void>();
    let isRetired = false;
    // Its code did not load, or no longer reaches the Runtime API.
    onEnded = () => {
      if (isRetired) onFree();
      else child.kill('SIGKILL');
    };
    child.send({ mark, folder, environment });
    return {
      pid: child.pid,
      signal: (name) => child.kill(name),
      retire: () => {
        isRetired = true;
        retired.resolve();
      },
      ended: Promise.race([exited, retired.promise]),
    };
  };
};
