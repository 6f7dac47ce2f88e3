import { PermanentError } from '../../../shared/core/errors.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inLocalHome } from '../../local-home.ts';
import type { Terminal } from '../../terminal.ts';
import { runEmptyWorld } from './run-empty.ts';
import { runExampleWorld } from './run-example.ts';

export interface LocalUpOptions {
  readonly minutes: string;
  readonly empty?: boolean;
}

/** Keeps both stand-ins running: with the packaged stack and example roles, or as they are before rolebridge is installed. */
export const localUp = async (
  terminal: Terminal,
  { minutes, empty = false }: LocalUpOptions,
): Promise<ExitCode> => {
  const milliseconds = minutesOf(minutes) * 60_000;
  const run = empty ? runEmptyWorld : runExampleWorld;
  return inLocalHome(terminal, () => run(terminal, milliseconds));
};

const minutesOf = (minutes: string): number => {
  const number = Number(minutes);
  if (!(number > 0 && number <= 20_000))
    throw new PermanentError(`--minutes must be a number from 1 to 20000, not "${minutes}".`);
  return number;
};
