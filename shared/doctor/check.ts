import { PermanentError, toFailure } from '../core/errors.ts';
import { type Finding, unknown } from './finding.ts';

/** One link of the chain, and how it is looked at. */
export interface Check {
  /** `pool`, `binding:reports` */
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** What the caller needs to look at it. */
  readonly permission: string;
  /** Checks without which there is nothing to look at: where one is not fine, this one is not made. */
  readonly needs: readonly string[];
  /** Checks that explain a failure of this one: where one failed, it is told as a consequence. */
  readonly excusedBy: readonly string[];
  readonly run: () => Promise<Finding>;
}

export type Result = Pick<Check, 'id' | 'group' | 'title'> & Finding;

/** Looks at something; where that is not possible, says so. */
const attempt = async ({ permission, run }: Check): Promise<Finding> => {
  try {
    return await run();
  } catch (thrown) {
    const failure = toFailure(thrown);
    return unknown(
      `Not checked: ${failure.message}`,
      failure instanceof PermanentError ? `You need: ${permission}` : 'Try again in a minute.',
    );
  }
};

type ResultOf = (id: string) => Promise<Result | undefined>;

const firstOf = async (
  ids: readonly string[],
  resultOf: ResultOf,
  isIt: (result: Result) => boolean,
): Promise<Result | undefined> => {
  for (const id of ids) {
    const result = await resultOf(id);
    if (result !== undefined && isIt(result)) return result;
  }
  return undefined;
};

/** The check that tells the cause, not one that was itself held back by it. */
const causeOf = (result: Result): string =>
  result.status === 'unknown' ? (result.because ?? result.id) : result.id;

const found = async (check: Check, resultOf: ResultOf, titleOf: (id: string) => string): Promise<Finding> => {
  const missing = await firstOf(
    check.needs,
    resultOf,
    ({ status }) => status === 'failed' || status === 'unknown',
  );
  if (missing !== undefined) {
    const because = causeOf(missing);
    return { status: 'unknown', found: `Not checked, see "${titleOf(because)}".`, because };
  }
  const finding = await attempt(check);
  if (finding.status !== 'failed') return finding;
  const cause = await firstOf(check.excusedBy, resultOf, ({ status }) => status === 'failed');
  return cause === undefined
    ? finding
    : {
        ...finding,
        status: 'unknown',
        found: `${finding.found}\nThat may follow from "${cause.title}".`,
        because: cause.id,
      };
};

/** Makes checks, each once; those that others need before them. */
export const createChecker = (checks: readonly Check[]): ((check: Check) => Promise<Result>) => {
  const byId = new Map(checks.map((check) => [check.id, check]));
  const results = new Map<string, Promise<Result>>();
  const titleOf = (id: string): string => byId.get(id)?.title ?? id;
  const make = (check: Check): Promise<Result> => {
    const { id, group, title } = check;
    const result =
      results.get(id) ??
      found(check, resultOf, titleOf).then((finding) => ({ id, group, title, ...finding }));
    results.set(id, result);
    return result;
  };
  const resultOf: ResultOf = async (id) => {
    const check = byId.get(id);
    return check === undefined ? undefined : make(check);
  };
  return make;
};
