import yoctoSpinner from 'yocto-spinner';
import { PermanentError } from '../shared/core/errors.ts';
import type { Logger } from '../shared/ports.ts';
import { colors } from './colors.ts';

/** What every command has of the terminal that it was started at. */
export interface Terminal {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** Names the deployed stack. */
  readonly stage: string;
  /** The folder that holds the checkout or the built program. */
  readonly root: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Warnings go beside what the command shows. */
  readonly logger: Logger;
  /** What the command found, on standard output: one JSON document for machines, text for people. */
  readonly show: (document: unknown, text: () => string) => void;
  /** A line on standard output that is the same for machines and people. */
  readonly print: (line: string) => void;
  /** A line for a person while work goes on, beside what the command shows. */
  readonly say: (line: string) => void;
  /** Shows that work goes on; a line in a pipe. */
  readonly progress: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  /** @throws PermanentError where nobody can answer. */
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
    progress: async (what, work) => {
      // On a terminal it turns; in a pipe it says nothing, unless asked to.
      if (!stderr.isTTY) {
        if (verbose) say(what);
        return work();
      }
      const spinner = yoctoSpinner({ text: what, stream: stderr }).start();
      try {
        return await work();
      } finally {
        spinner.stop();
      }
    },
    confirm: async (question) => {
      if (!stdin.isTTY || json)
        throw new PermanentError(`Nobody can answer "${question}" here. Use --yes to go on.`);
      // Loaded when it is needed: most commands ask nothing.
      const { default: ask } = await import('@inquirer/confirm');
      return ask({ message: question, default: false }, { signal, output: stderr });
    },
  };
};
