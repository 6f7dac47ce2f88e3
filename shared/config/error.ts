/** Where a value or a key stands in rolebridge.yml; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One error of a file, or of the environment. */
export interface Problem {
  /** `allow[0].to: is missing` */
  readonly text: string;
  /** Undefined if the error is about the whole file. */
  readonly position?: Position;
}

/** Names every error of rolebridge.yml or of the environment, each with its file, line and column. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The errors without their positions. */
  readonly errors: readonly string[];
  constructor(path: string, found: readonly Problem[]) {
    const problems = found.toSorted(byPosition);
    super(
      `${path} has ${problems.length} error${problems.length === 1 ? '' : 's'}:\n${problems.map((problem) => `  ${lineOf(path, problem)}`).join('\n')}`,
    );
    this.errors = problems.map(({ text }) => text);
  }
}

/** In the order of the file; errors of the whole file come first. */
const byPosition = ({ position: a }: Problem, { position: b }: Problem): number =>
  (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);

/** As compilers print it, so that editors and terminals link to the place. */
const lineOf = (path: string, { text, position }: Problem): string =>
  position === undefined ? text : `${path}:${position.line}:${position.column}: ${text}`;
