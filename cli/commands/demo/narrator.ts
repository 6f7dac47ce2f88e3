import { colors } from '../../colors.ts';
import type { Terminal } from '../../terminal.ts';
import { wrapped } from '../../wrapped.ts';

export interface Narrator {
  readonly step: (text: string) => void;
  readonly detail: (text: string) => void;
}

/** Prints the story, and ends it at Ctrl-C or when no one reads it any more. With --json, it goes to standard error. */
export const narratorAt = ({ print, say, isJson, width, signal }: Terminal): Narrator => {
  const printFitted = (text: string): void =>
    isJson ? say(text) : print(width === undefined ? text : wrapped(text, width));
  const started = performance.now();
  return {
    step: (text) => {
      signal.throwIfAborted();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      printFitted(`${colors.dim(`${seconds.padStart(5)} s`)}  ${colors.bold(text)}`);
    },
    detail: (text) =>
      printFitted(
        text
          .split('\n')
          .map((line) => `         ${line}`)
          .join('\n'),
      ),
  };
};
