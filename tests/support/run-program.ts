import { type SpawnOptions, spawn } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  /** Its output on both streams. */
  readonly output: string;
}

/** Runs a program to its end. It is asynchronous, because Jest must hear from its workers during the run. */
export const runProgram = (
  [command = '', ...args]: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'detached'>,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
