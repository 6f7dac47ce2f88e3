import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { bashScript, zshScript } from './bash.ts';
import { commandWords } from './command-words.ts';
import { fishScript } from './fish.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Prints a script for a shell. The script starts this program only for names of roles and grants. */
export const completion = (terminal: Terminal, shell: Shell, program: Command): Promise<ExitCode> => {
  const script = scripts[shell](commandWords(program));
  terminal.show({ shell, script }, () => script, 'file');
  return Promise.resolve(exitCodes.done);
};
