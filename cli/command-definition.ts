import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What a command does; its code is loaded when it is started, so that `--help` is quick. */
export type Run = (terminal: Terminal, ...args: never[]) => Promise<ExitCode>;

/** Makes the action of a command. */
export type Start = (load: () => Promise<Run>) => (...args: readonly unknown[]) => Promise<void>;

/** Adds some commands to the program. */
export type Definitions = (program: Command, start: Start) => void;

/** Of an option that may be repeated. */
export const list = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
