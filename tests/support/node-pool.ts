import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { resolve as absolutePath } from 'node:path';

/** How Node is started. */
export interface NodeStart {
  readonly script: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
  /** Node reads its own variables (NODE_…) once, so they are those of every piece of work. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Processes of Node that do one piece of work after another. They end with the process that started them. */
export interface NodePool<Work> {
  /** One that is free and was started in the same way, or a new one. */
  readonly take: (start: NodeStart) => Taken<Work>;
  /** Ends those that still work: nothing waits for them any more. */
  readonly endBusy: () => void;
}

export interface Taken<Work> {
  readonly work: Work;
  /** It may be taken again. */
  readonly free: () => void;
  /** It runs on, but does nothing that anyone waits for. It becomes free by itself, or ends. */
  readonly leave: () => void;
}

/** @param prepare what a new process can do. It is called once for each. */
export const createNodePool = <Work>(prepare: (child: ChildProcess) => Work): NodePool<Work> => {
  const idle = new Map<string, Prepared<Work>[]>();
  const busy = new Set<ChildProcess>();
  const startNew = ({ script, args, flags, environment }: NodeStart): Prepared<Work> => {
    const child = spawn(process.execPath, [...flags, absolutePath(script), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return { child, work: prepare(child) };
  };
  return {
    take: (start) => {
      const key = keyOf(start);
      const same = idle.get(key) ?? [];
      idle.set(key, same);
      const prepared = same.pop() ?? startNew(start);
      const { child, work } = prepared;
      const leave = (): void => {
        busy.delete(child);
        keepWaiting(child, false);
      };
      busy.add(child);
      keepWaiting(child, true);
      return {
        work,
        leave,
        free: () => {
          leave();
          same.push(prepared);
        },
      };
    },
    endBusy: () => {
      for (const child of busy) child.kill('SIGKILL');
      busy.clear();
    },
  };
};

interface Prepared<Work> {
  readonly child: ChildProcess;
  readonly work: Work;
}

const keyOf = ({ script, args, flags, environment }: NodeStart): string =>
  JSON.stringify([
    script,
    args,
    flags,
    Object.entries(environment).filter(([name]) => name.startsWith('NODE_')),
  ]);

/** Whether this process waits for the child before it ends. */
const keepWaiting = (child: ChildProcess, isWaiting: boolean): void => {
  const change = isWaiting ? 'ref' : 'unref';
  child[change]();
  child.channel?.[change]();
  // Pipes are sockets.
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream[change]();
};
