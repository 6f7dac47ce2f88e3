import { type ChildProcess, spawn } from 'node:child_process';
import { reachLocalWorld } from '../../cli/reach-local-world.ts';
import type { LocalWorld } from '../../local/world.ts';

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** What leads a program to the local world. */
export const variablesOf = (world: LocalWorld): Variables => ({
  ...reachLocalWorld(world),
  // Of the person, not of the stack.
  AWS_REGION: 'eu-central-1',
});

/** Starts the command line as a person does, without a terminal; nothing of the environment is inherited but PATH. */
export const startCommand = (
  variables: Variables,
  args: readonly string[],
  program = 'dist/rolebridge.mjs',
) => {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NODE_NO_WARNINGS: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const ended = new Promise<Said>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...output }));
  });
  return { child, output, ended };
};

export const command = (variables: Variables, ...args: readonly string[]): Promise<Said> =>
  startCommand(variables, args).ended;

/** What a command says with --json. */
export const documentOf = ({ stdout }: Said): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;
