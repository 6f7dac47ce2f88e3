import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ProcessOptions, StartProcess } from '../../local/stack/container.ts';

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
  const started: ChildProcess[] = [];
  const idle = new Map<string, Reusable[]>();
  const start = (options: ProcessOptions): Reusable => {
    const reusable = startReusable(options);
    started.push(reusable.child);
    return reusable;
  };
  return {
    start: (options) => {
      const key = keyOf(options);
      const same = idle.get(key) ?? [];
      idle.set(key, same);
      const reusable = same.pop() ?? start(options);
      return reusable.run(options, () => same.push(reusable));
    },
    end: () => {
      for (const child of started) child.kill('SIGKILL');
    },
  };
};

/** The part of a process that stays from its start to its end: Node reads its own variables once. */
const keyOf = ({ script, flags, environment }: ProcessOptions): string =>
  JSON.stringify([script, flags, Object.entries(environment).filter(([name]) => name.startsWith('NODE_'))]);

interface Reusable {
  readonly child: ChildProcess;
  readonly run: (options: ProcessOptions, onFree: () => void) => ReturnType<StartProcess>;
}

const startReusable = ({ script, flags, environment }: ProcessOptions): Reusable => {
  const child = spawn(process.execPath, [...flags, script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
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
  return {
    child,
    run: ({ folder, environment: variables, onLog }, onFree) => {
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
      child.send({ mark, folder, environment: variables });
      return {
        pid: child.pid,
        signal: (name) => child.kill(name),
        retire: () => {
          isRetired = true;
          retired.resolve();
        },
        ended: Promise.race([exited, retired.promise]),
      };
    },
  };
};
