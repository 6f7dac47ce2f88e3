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
  /** Ends all of them. */
  readonly end: () => void;
}

export interface Taken<Work> {
  readonly work: Work;
  /** It may be taken again. */
  readonly free: () => void;
}

/** @param prepare what a new process can do. It is called once for each. */
export const createNodePool = <Work>(prepare: (child: ChildProcess) => Work): NodePool<Work> => {
  const idle = new Map<string, Prepared<Work>[]>();
  const alive = new Set<ChildProcess>();
  const startNew = ({ script, args, flags, environment }: NodeStart): Prepared<Work> => {
    const child = spawn(process.execPath, [...flags, absolutePath(script), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    return { child, work: prepare(child) };
  };
  return {
    take: (start) => {
      const key = keyOf(start);
      const same = (idle.get(key) ?? []).filter(({ child }) => alive.has(child));
      const prepared = same.pop() ?? startNew(start);
      idle.set(key, same);
      keepWaiting(prepared.child, true);
      return {
        work: prepared.work,
        free: () => {
          if (!alive.has(prepared.child)) return;
          keepWaiting(prepared.child, false);
          idle.set(key, [...(idle.get(key) ?? []), prepared]);
        },
      };
    },
    end: () => {
      for (const child of alive) child.kill('SIGKILL');
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
