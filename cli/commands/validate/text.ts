import { problemLine } from '../../../shared/config/error.ts';
import { pathsText } from '../../../shared/config/paths.ts';
import { counted } from '../../../shared/counted.ts';
import type { StageProblem, Validation } from '../../../shared/stages/validate.ts';
import { colors } from '../../colors.ts';

/** The result for machines (docs/commands.md). */
export const validationDocument = (found: readonly Validation[]) => ({
  stages: found.flatMap(({ stages }) => stages),
  errors: found.flatMap(({ errors }) => errors.map(problemDocument)),
  warnings: found.flatMap(({ warnings }) => warnings.map(problemDocument)),
});

const problemDocument = ({ file, position, setting, message, stages }: StageProblem) => ({
  file,
  ...(position === undefined ? {} : { line: position.line, column: position.column }),
  ...(setting === undefined ? {} : { path: setting }),
  message,
  stages,
});

/** One line for each problem, as compilers print them, and a summary. */
export const validationText = ({ stages, errors, warnings, shared }: Validation): string => {
  const line = (problem: StageProblem): string => `${lineOf(problem)}${stageNote(problem, stages.length)}`;
  return [
    ...errors.map((problem) => colors.red(line(problem))),
    ...warnings.map((problem) => colors.yellow(`${line(problem)} (warning)`)),
    ...(shared === undefined
      ? []
      : [`${shared} alone is not a stage: it lacks settings that only the override files have.`]),
    errors.length > 0
      ? colors.bold(`${counted(errors.length, 'error')}.`)
      : `Valid: ${stages.map(({ stage, files }) => `${stage} (${pathsText(files)})`).join(', ')}.`,
  ].join('\n');
};

const lineOf = (problem: StageProblem): string =>
  problem.position === undefined ? `${problem.file}: ${problemLine(problem)}` : problemLine(problem);

const stageNote = ({ stages }: StageProblem, all: number): string =>
  stages.length === 0 || stages.length === all ? '' : ` (stage ${stages.join(', ')})`;
