import { type ChildProcess, spawn } from 'node:child_process';
import { resolve as absolutePath } from 'node:path';
import { reachLocalWorld } from '../../cli/reach-local-world.ts';
import type { LocalWorld } from '../../local/world.ts';
import { compileCache } from './compile-cache.ts';
import { expectNoSecretIn, keepSecretsOf } from './secrets.ts';

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** The variables that lead a program to the local world. */
export const variablesOf = (world: LocalWorld): Variables => ({
  ...reachLocalWorld(world),
  // The person's variables, not the stack's.
  AWS_REGION: 'eu-central-1',
});

/**
 * Only `local up --json` prints credentials, in one field: those of the world that it starts and ends, for any user
 * of that world.
 */
const besideOwnWorld = ([group, name]: readonly string[], stdout: string): string =>
  group === 'local' && name === 'up' ? stdout.replace(/^ {2}"environment": \{[^}]*\}/m, '') : stdout;

const builtProgram = 'dist/rolebridge.mjs';

/**
 * Starts the command line as a person does, without a terminal, but with short pauses. It inherits nothing of the
 * environment except PATH. A command that printed a secret fails, even if everything else was right.
 */
export const startCommand = (variables: Variables, args: readonly string[], program = builtProgram) => {
  keepSecretsOf(variables);
  const child: ChildProcess = spawn(
    process.execPath,
    ['--require', absolutePath(hastyCommand), program, ...args],
    { env: environmentWith(variables), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const ended = new Promise<Said>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      try {
        expectNoSecretIn([besideOwnWorld(args, output.stdout), output.stderr]);
        resolve({ status, ...output });
      } catch (leak) {
        reject(leak);
      }
    });
  });
  return { child, output, ended };
};

const hastyCommand = 'tests/support/hasty-command.cjs';

const environmentWith = (variables: Variables): Variables => ({
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  NODE_NO_WARNINGS: '1',
  // An installed program is started like this.
  ROLEBRIDGE_STARTED_AS: 'rolebridge',
  ...compileCache,
  ...variables,
});

/** The same, once it has ended. Its process runs others before and after it. */
export const command = async (variables: Variables, ...args: readonly string[]): Promise<Said> => {
  keepSecretsOf(variables);
  const said = await globalThis.programPool.run({
    program: absolutePath(builtProgram),
    args,
    folder: process.cwd(),
    environment: environmentWith(variables),
    preloaded: [hastyCommand],
  });
  expectNoSecretIn([besideOwnWorld(args, said.stdout), said.stderr]);
  return said;
};

/** The output of a command with --json. */
export const documentOf = ({ stdout }: Said): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;
