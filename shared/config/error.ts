/** Where a value or a key stands in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One error of a file, or of the environment. */
export interface Problem {
  /** `allow[0].to`; undefined if the error is about the file itself. */
  readonly setting?: string;
  /** `is missing` */
  readonly message: string;
  /** Undefined if the error is about the whole file. */
  readonly position?: Position;
  /** Whether the setting is required and not there. */
  readonly isMissing?: boolean;
}

/** Names every error of rolebridge.yml or of the environment, each with its file, line and column. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];
  /** The errors without their positions. */
  readonly errors: readonly string[];
  constructor(source: string, found: readonly Problem[]) {
    const problems = found.toSorted(byPosition);
    super(
      `${source} has ${problems.length} error${problems.length === 1 ? '' : 's'}:\n${problems.map((problem) => `  ${problemLine(problem)}`).join('\n')}`,
    );
    this.problems = problems;
    this.errors = problems.map(problemText);
  }
}

/** In the order of the files; errors of a whole file come first. */
export const byPosition = ({ position: a }: Problem, { position: b }: Problem): number =>
  compared(a?.file ?? '', b?.file ?? '') ||
  (a?.line ?? 0) - (b?.line ?? 0) ||
  (a?.column ?? 0) - (b?.column ?? 0);

const compared = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** As compilers print it, so that editors and terminals link to the place. */
export const problemLine = (problem: Problem): string => {
  const { position } = problem;
  const text = problemText(problem);
  return position === undefined ? text : `${position.file}:${position.line}:${position.column}: ${text}`;
};

const problemText = ({ setting, message }: Problem): string =>
  setting === undefined ? message : `${setting}: ${message}`;
