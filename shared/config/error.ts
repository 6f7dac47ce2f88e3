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
  /** The file of an error without a position. */
  readonly file?: string;
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
      `${source} has ${problems.length} error${problems.length === 1 ? '' : 's'}:\n${problems.map((problem) => `  ${lineIn(source, problem)}`).join('\n')}`,
    );
    this.problems = problems;
    this.errors = problems.map(problemText);
  }
}

/** The heading names the source already. */
const lineIn = (source: string, problem: Problem): string => {
  const file = fileOf(problem);
  const isNamed = problem.position !== undefined || file === undefined || file === source;
  return isNamed ? problemLine(problem) : `${file}: ${problemLine(problem)}`;
};

/** In the order of the files; errors of a whole file come first. */
export const byPosition = (a: Problem, b: Problem): number =>
  compared(fileOf(a) ?? '', fileOf(b) ?? '') ||
  (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
  (a.position?.column ?? 0) - (b.position?.column ?? 0);

export const fileOf = ({ position, file }: Problem): string | undefined => position?.file ?? file;

const compared = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** As compilers print it, so that editors and terminals link to the place. */
export const problemLine = (problem: Problem): string => {
  const { position } = problem;
  const text = problemText(problem);
  return position === undefined ? text : `${position.file}:${position.line}:${position.column}: ${text}`;
};

const problemText = ({ setting, message }: Problem): string =>
  setting === undefined ? message : `${setting}: ${message}`;
