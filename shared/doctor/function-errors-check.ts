import { stackRegion } from '../core/stack.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, ok, warning } from './finding.ts';
import type { LogLine } from './ports.ts';
import { stackCheck } from './stack-check.ts';

export const functionErrorsCheck = ({ failures }: Context): Check =>
  stackCheck('function-errors', 'Errors of the functions', 'logs:FilterLogEvents', async () =>
    checkErrors(await failures()),
  );

/** The last failure in the functions' logs. `own-exchange` reports those at Google's sign-in. */
export const checkErrors = (lines: readonly LogLine[]): Finding => {
  const errors = lines.filter((line) => !isSignInFailure(line));
  const last = latest(errors);
  return last === undefined
    ? ok('No function failed within 24 hours.')
    : warning(
        `${counted(errors.length, 'error')} within 24 hours, the last one of ${quoted(last)}`,
        `Read the log: aws logs tail /aws/lambda/${last.functionName} --since 1d --region ${stackRegion}\nThen follow docs/operations.md.`,
      );
};

/** The functions log this if Google rejects their credentials (shared/adapters/google/identity.ts). */
export const isSignInFailure = ({ text }: LogLine): boolean => text.includes('could not sign in to Google');

export const latest = (lines: readonly LogLine[]): LogLine | undefined =>
  lines.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);

/** One line of at most `maxQuoteLength` characters, with its function and time. */
export const quoted = ({ functionName, at, text }: LogLine): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `${functionName} at ${at}: ${line.length > maxQuoteLength ? `${line.slice(0, maxQuoteLength)}…` : line}`;
};

const maxQuoteLength = 300;
