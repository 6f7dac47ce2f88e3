import { withoutSecrets } from '../shared/core/without-secrets.ts';
import { colors } from './colors.ts';
import type { Terminal } from './terminal.ts';

const causesOf = (thrown: unknown): readonly Error[] =>
  thrown instanceof Error ? [thrown, ...causesOf(thrown.cause)] : [];

/** One line that says which thing, what was wrong and what to do; the whole chain of causes with --verbose. */
export const showFailure = (terminal: Terminal, thrown: unknown): void => {
  const message = withoutSecrets(thrown instanceof Error ? thrown.message : String(thrown));
  const text = terminal.signal.aborted ? `Interrupted. ${message}` : message;
  if (terminal.isJson) terminal.show({ version: 1, error: { message: text } }, () => text);
  else terminal.say(`${colors.red('Error:')} ${text}`);
  if (terminal.isVerbose)
    for (const { stack = '' } of causesOf(thrown)) terminal.say(colors.dim(withoutSecrets(stack)));
};
