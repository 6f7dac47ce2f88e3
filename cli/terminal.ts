import yoctoSpinner from 'yocto-spinner';
import { PermanentError } from '../shared/core/errors.ts';
import type { Logger } from '../shared/ports.ts';
import { colors } from './colors.ts';
import { Interruption, interruptionOf } from './interruption.ts';

/** The terminal that a command was started at. */
export interface Terminal {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** Stage of the deployed stack. */
  readonly stage: string;
  /** The folder that holds the checkout or the built program. */
  readonly root: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes to standard error, with --verbose only. */
  readonly logger: Logger;
  /** Writes the result to standard output: one JSON document with --json, otherwise text. */
  readonly show: (document: unknown, text: () => string) => void;
  /** Writes a line to standard output, with --json too. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error, such as progress or a warning. */
  readonly say: (line: string) => void;
  /**
   * Shows a spinner while work runs. In a pipe it shows a line instead, with --verbose only.
   * @throws Interruption if the command was ended during the work
   */
  readonly progress: <T>(label: string, work: () => Promise<T>) => Promise<T>;
  /**
   * Asks before anything is changed.
   * @throws PermanentError if no one can answer: not at a terminal, or with --json
   * @throws Interruption for Ctrl-C
   */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface TerminalOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly stage: string;
}

export const createTerminal = (
  { json = false, verbose = false, stage }: TerminalOptions,
  root: string,
  signal: AbortSignal,
): Terminal => {
  const { stdin, stdout, stderr } = process;
  const say = (line: string): void => void stderr.write(`${line}\n`);
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    say(colors.dim(`${message} ${JSON.stringify(fields)}`));
  return {
    isJson: json,
    isVerbose: verbose,
    stage,
    root,
    signal,
    logger: { info: verbose ? log : () => undefined, warn: verbose ? log : () => undefined },
    show: (document, text) =>
      void stdout.write(`${json ? JSON.stringify(document, null, 2) : text().trimEnd()}\n`),
    print: (line) => void stdout.write(`${line}\n`),
    say,
    progress: async (label, work) => {
      if (!stderr.isTTY && verbose) say(label);
      const spinner = stderr.isTTY ? yoctoSpinner({ text: label, stream: stderr }).start() : undefined;
      try {
        const result = await work();
        // The work may have taken an aborted call for something that it cannot read.
        signal.throwIfAborted();
        return result;
      } finally {
        spinner?.stop();
      }
    },
    confirm: async (question) => {
      if (!stdin.isTTY || json)
        throw new PermanentError(
          `Cannot ask "${question}" (not a terminal, or --json). Pass --yes to continue.`,
        );
      // Loaded only when needed: most commands ask nothing.
      const { default: ask } = await import('@inquirer/confirm');
      try {
        return await ask({ message: question, default: false }, { signal, output: stderr });
      } catch (thrown) {
        const isEnded =
          thrown instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(thrown.name);
        throw isEnded
          ? new Interruption(interruptionOf(signal, thrown)?.by ?? 'SIGINT', 'Nothing was changed.')
          : thrown;
      }
    },
  };
};
