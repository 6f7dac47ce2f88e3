import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Adds a command, or a group of commands, to the program. Slow modules load only when the command runs, to keep `--help` quick. */
export type CommandDefinition = (program: Command, start: Start) => void;

/** Makes the action of a command: it runs the command at a terminal and sets the exit code. */
export type Start = (run: Run) => (...args: readonly unknown[]) => Promise<void>;

/** Runs a command with its arguments, and its options last. */
export type Run = (terminal: Terminal, ...args: never[]) => Promise<ExitCode>;

/** Collects the values of an option that may be repeated. */
export const list = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];

/** The examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
