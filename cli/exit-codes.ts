import type { interruptedExitCodes } from './interruption.ts';

/** The exit codes of every command that was not interrupted. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The current state differs from the wanted one. */
  difference: 2,
} as const;

export type ExitCode =
  | (typeof exitCodes)[keyof typeof exitCodes]
  | (typeof interruptedExitCodes)[keyof typeof interruptedExitCodes];
