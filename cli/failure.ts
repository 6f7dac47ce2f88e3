import { withoutSecrets } from '../shared/core/without-secrets.ts';
import { colors } from './colors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { interruptedExitCodes, interruptionOf } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** Shows why a command ended, in one line; with --verbose, the whole chain of causes. Returns its exit code. */
export const showFailure = (terminal: Terminal, thrown: unknown): ExitCode => {
  const interruption = interruptionOf(terminal.signal, thrown);
  if (interruption === undefined) {
    showError(terminal, withoutSecrets(messageOf(thrown)), colors.red('Error: '));
  } else if (interruption.by !== 'closedPipe' || interruption.message !== '')
    showError(terminal, withoutSecrets(`Interrupted. ${interruption.message}`).trimEnd(), '');
  if (terminal.isVerbose)
    for (const { stack = '' } of causesOf(thrown)) terminal.say(colors.dim(withoutSecrets(stack)));
  return interruption === undefined ? exitCodes.failed : interruptedExitCodes[interruption.by];
};

const messageOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  return isBug(thrown)
    ? `${thrown.message}. This is a bug in rolebridge. Run the command again with --verbose, and open an issue with what it prints.`
    : thrown.message;
};

/** JavaScript's own errors. fetch's TypeError has a cause, and a system error a code: these do not come from our code. */
const isBug = (error: Error): boolean =>
  [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind) &&
  error.cause === undefined &&
  !('code' in error);

const showError = (terminal: Terminal, message: string, mark: string): void => {
  if (terminal.isJson) terminal.show({ error: { message } }, () => message);
  else terminal.say(`${mark}${message}`);
};

const causesOf = (thrown: unknown): readonly Error[] =>
  thrown instanceof Error ? [thrown, ...causesOf(thrown.cause)] : [];
