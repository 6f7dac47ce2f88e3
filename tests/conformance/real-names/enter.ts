import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { scratchIn, sealed } from './network.ts';
import type { Task } from './seen.ts';

/** Runs a program of this folder inside a sealed network of its own. Resolves to its observations. */
export const enter = async (
  program: string,
  task: Task,
  onStart: (inside: ChildProcess) => void,
): Promise<unknown> => {
  const path = join(import.meta.dirname, program);
  const [unshare, ...args] = [...sealed, process.execPath, path, JSON.stringify(task)];
  const child = spawn(unshare, args, {
    env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', TMPDIR: scratchIn(task.folder) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onStart(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`the program inside ended with ${String(status)}: ${said.stderr}`);
  return JSON.parse(said.stdout);
};
