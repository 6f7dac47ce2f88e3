import { withoutSecrets } from '../shared/core/without-secrets.ts';
import { colors } from './colors.ts';
import type { Terminal } from './terminal.ts';

/** Shows an error in one line; with --verbose, the whole chain of causes. */
export const showFailure = (terminal: Terminal, thrown: unknown): void => {
  const message = withoutSecrets(thrown instanceof Error ? thrown.message : String(thrown));
  const text = terminal.signal.aborted ? `Interrupted. ${message}` : message;
  if (terminal.isJson) terminal.show({ version: 1, error: { message: text } }, () => text);
  else terminal.say(`${colors.red('Error:')} ${text}`);
  if (terminal.isVerbose)
    for (const { stack = '' } of causesOf(thrown)) terminal.say(colors.dim(withoutSecrets(stack)));
};

const causesOf = (thrown: unknown): readonly Error[] =>
  thrown instanceof Error ? [thrown, ...causesOf(thrown.cause)] : [];
