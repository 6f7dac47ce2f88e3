/** The result of a check. `message` names the resource and its state; `fix` is the next step, with the command if there is one. */
export type Finding =
  | { readonly status: 'ok'; readonly message: string; readonly note?: string }
  /** Works, but differs from what it should be, or will stop working. */
  | { readonly status: 'warning'; readonly message: string; readonly fix: string }
  /** Access does not work, or differs from what the tags ask for. */
  | { readonly status: 'failed'; readonly message: string; readonly fix: string }
  /** Could not be checked; `because` names the check that explains why. */
  | {
      readonly status: 'unknown';
      readonly message: string;
      readonly fix?: string;
      readonly because?: string;
    };

export type Status = Finding['status'];

export const ok = (message: string, note?: string): Finding =>
  note === undefined ? { status: 'ok', message } : { status: 'ok', message, note };

export const warning = (message: string, fix: string): Finding => ({ status: 'warning', message, fix });

export const failed = (message: string, fix: string): Finding => ({ status: 'failed', message, fix });

export const unknown = (message: string, fix?: string): Finding =>
  fix === undefined ? { status: 'unknown', message } : { status: 'unknown', message, fix };

/** One of several things that can be wrong in a check, and how to fix it. */
export interface Problem {
  readonly message: string;
  readonly fix: string;
}

/** Failed with all problems, or ok if there are none. */
export const okUnless = (problems: readonly Problem[], message: string): Finding =>
  problems.length === 0
    ? ok(message)
    : failed(
        distinctLines(problems.map((problem) => problem.message)),
        distinctLines(problems.map(({ fix }) => fix)),
      );

const distinctLines = (texts: readonly string[]): string => [...new Set(texts)].join('\n');

/** `a, b and c`; a long list is cut: `a, b and 3 more`. */
export const listed = (names: readonly string[], max = 5): string => {
  const shown = names.slice(0, max);
  const hiddenCount = names.length - shown.length;
  if (hiddenCount > 0) return `${shown.join(', ')} and ${hiddenCount} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
};
