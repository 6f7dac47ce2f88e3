import yoctoSpinner from 'yocto-spinner';
import { PermanentError } from '../shared/core/errors.ts';
import type { Logger } from '../shared/ports.ts';
import { colors } from './colors.ts';
import { Interruption, interruptionOf } from './interruption.ts';
import { type Asked, named, programName } from './program-name.ts';
import { wrapped } from './wrapped.ts';

/** The terminal that a command was started at. */
export interface Terminal {
  readonly isJson: boolean;
  /** A person is there to answer questions. */
  readonly canAsk: boolean;
  readonly isVerbose: boolean;
  /** Stage of the deployed stack. */
  readonly stage: string;
  /** The value of --config. */
  readonly config?: string;
  /** The folder that holds the checkout or the built program. */
  readonly root: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes to standard error, with --verbose only. */
  readonly logger: Logger;
  /** Columns of standard output; undefined if it is not a terminal. */
  readonly width: number | undefined;
  /**
   * Writes the result to standard output: one JSON document with its version if --json is set, otherwise text. At a terminal,
   * long lines of the text are wrapped, unless it is a file to copy.
   */
  readonly show: (document: object, text: () => string, form?: 'text' | 'file') => void;
  /** Writes a line to standard output, with --json too, as it is. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error, such as progress or a warning. Wraps it at a terminal. */
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
  readonly config?: string;
}

export const createTerminal = (
  { json = false, verbose = false, stage, config }: TerminalOptions,
  root: string,
  signal: AbortSignal,
): Terminal => {
  const { stdin, stdout, stderr } = process;
  const asked = { stage, config };
  const say = (line: string): void => void stderr.write(`${fitted(line, stderr, asked)}\n`);
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    say(colors.dim(`${message} ${JSON.stringify(fields)}`));
  return {
    isJson: json,
    canAsk: stdin.isTTY,
    isVerbose: verbose,
    stage,
    ...(config === undefined ? {} : { config }),
    root,
    signal,
    logger: { info: verbose ? log : () => undefined, warn: verbose ? log : () => undefined },
    width: widthAt(stdout),
    show: (document, text, form = 'text') => {
      const shown = (): string => (form === 'file' ? text() : fitted(text(), stdout, asked)).trimEnd();
      stdout.write(`${json ? documentText(document) : shown()}\n`);
    },
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

const name = programName({ env: process.env, file: process.argv[1] ?? '', cwd: process.cwd() });

/** A text as it is written to a stream: with the program's name, and wrapped if that is a terminal. */
export const fitted = (text: string, stream: NodeJS.WriteStream, asked: Asked = {}): string => {
  const width = widthAt(stream);
  const typed = named(text, name, asked);
  return width === undefined ? typed : wrapped(typed, width);
};

/** Some terminals report no width. */
const widthAt = ({ isTTY, columns }: NodeJS.WriteStream): number | undefined =>
  isTTY && columns > 0 ? columns : undefined;

/** A document for scripts. Its `version` changes with its form (docs/commands.schema.json). */
export const documentText = (document: object): string =>
  JSON.stringify({ version: 1, ...document }, null, 2);
