import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PermanentError } from '../../shared/core/errors.ts';
import { isRecord } from '../../shared/core/json.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Runs `serverless` in the folder of the service, and passes its output through. With --json it goes to standard error, where
 * it does not mix with the document.
 * @throws PermanentError if it fails, and the reason of the signal if the command was ended
 */
export const runServerless = async (
  { root, stage, isJson, isVerbose, signal }: Terminal,
  folder: string,
  command: 'deploy' | 'package' | 'remove',
): Promise<void> => {
  const args = [programIn(root), command, '--stage', stage, ...(isVerbose ? ['--verbose'] : [])];
  signal.throwIfAborted();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: environmentOf(stage),
    stdio: ['inherit', isJson || command === 'package' ? 2 : 'inherit', 'inherit'],
  });
  // Ctrl-C at a terminal reaches the child by itself. A signal that only we got must be passed on.
  const end = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', end);
  try {
    const status = await new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, by) => resolve(by ?? String(code)));
    });
    signal.throwIfAborted();
    if (status !== '0')
      throw new PermanentError(
        `"serverless ${command}" ended with ${status}. Its own output has the reason.${command === 'deploy' ? overlapHint : ''}`,
      );
  } finally {
    signal.removeEventListener('abort', end);
  }
};

/** CloudFormation works on one update of a stack at a time, and refuses the second one in words that name no deploy. */
const overlapHint =
  ' If it names a change set or a state that ends with IN_PROGRESS, another deploy of this stage may be under way: wait until it is done, and run this again.';

/**
 * The variables for `serverless`. The folder has the settings already, so ROLEBRIDGE_CONFIG would lead elsewhere. The same is true
 * of the credentials: our checks used AWS's default chain, and osls prefers some variables that are not in it. It would deploy to
 * an account that was not checked (osls, lib/aws/credentials.js).
 */
const environmentOf = (stage: string): NodeJS.ProcessEnv => {
  const ofStage = `AWS_${stage.toUpperCase()}`;
  const names = ['PROFILE', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'];
  const redirecting = new Set(['AWS_DEFAULT_PROFILE', ...names.map((name) => `${ofStage}_${name}`)]);
  const kept = Object.entries(process.env).filter(([name]) => !redirecting.has(name));
  return { ...Object.fromEntries(kept), ROLEBRIDGE_CONFIG: '' };
};

/** The program of osls, wherever npm put it: below the package, or beside it. */
const programIn = (root: string): string => {
  const { resolve } = createRequire(join(root, 'package.json'));
  try {
    return join(dirname(resolve('osls/package.json')), 'bin/serverless.js');
  } catch (thrown) {
    if (!isRecord(thrown) || thrown['code'] !== 'MODULE_NOT_FOUND') throw thrown;
    throw new PermanentError(
      `${root} does not find the package osls, which deploys the stack. Run "npm install" again.`,
      { cause: thrown },
    );
  }
};
