import { readFileSync } from 'node:fs';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseJson } from '../../../shared/core/json.ts';
import { boundaryStatements } from '../../../shared/permissions/boundary.ts';
import { type BoundaryGaps, boundaryGaps } from '../../../shared/permissions/boundary-gaps.ts';
import type { Deployment } from '../../../shared/permissions/scopes.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';

/** Compares a company's own boundary with what the functions' roles need. */
export const checkBoundary = (terminal: Terminal, deployment: Deployment, path: string): ExitCode => {
  const gaps = boundaryGaps(parseJson(textOf(path)), boundaryStatements(deployment));
  terminal.show({ job: 'boundary', ...gaps }, () => gapsText(path, gaps));
  if (gaps.missing.length > 0) return exitCodes.difference;
  return gaps.undecided.length > 0 ? exitCodes.failed : exitCodes.done;
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PermanentError(`--check must name the JSON file of a policy, and ${path} cannot be read.`, {
      cause,
    });
  }
};

const gapsText = (path: string, { missing, undecided }: BoundaryGaps): string =>
  missing.length + undecided.length === 0
    ? colors.green(`${path} allows everything that the functions need.`)
    : [
        ...(missing.length === 0
          ? []
          : [colors.red(`${path} lacks what the functions need:`), ...missing.map(indented)]),
        ...(undecided.length === 0
          ? []
          : [
              colors.yellow(
                `${path} may lack what the functions need. It depends on a condition or a policy variable, which is not evaluated here:`,
              ),
              ...undecided.map(indented),
            ]),
      ].join('\n');

const indented = (line: string): string => `  ${line}`;
