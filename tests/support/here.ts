import { stripVTControlCharacters } from 'node:util';
import { runCommandLine } from '../../cli/program.ts';
import type { Said, Variables } from './command-line.ts';
import { expectNoSecretIn, keepSecretsOf } from './secrets.ts';
import { withVariables } from './variables.ts';

/**
 * Runs the command line in this process, which is much faster than a program of its own. Only one command runs at a time:
 * its output and its variables are those of the process.
 */
export const runHere = async (variables: Variables, ...args: readonly string[]): Promise<Said> => {
  keepSecretsOf(variables);
  const output = { stdout: '', stderr: '' };
  const capture = (name: 'stdout' | 'stderr') =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += stripVTControlCharacters(String(text));
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  const exitCode = process.exitCode;
  try {
    const { signal } = new AbortController();
    const status = await withVariables({ HOME: '/nonexistent', ...variables }, async () => {
      process.exitCode = undefined;
      await runCommandLine({ root: process.cwd(), version: '0.0.0', signal }, args);
      return exitCodeNow();
    });
    expectNoSecretIn([output.stdout, output.stderr]);
    return { status, ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = exitCode;
  }
};

/** 0 unless a command set another one. */
const exitCodeNow = (): number => Number(process.exitCode ?? 0);
