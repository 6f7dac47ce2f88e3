import { PermanentError, toFailure } from '../core/errors.ts';
import { type Finding, unknown } from './finding.ts';

/** One link of the chain from a tag to a token, and how to check it. */
export interface Check {
  /** `pool`, `binding:reports` */
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** The permission that the caller needs for it. */
  readonly permission: string;
  /** Checks that must not be failed or unknown for this one to make sense; otherwise it does not run. */
  readonly needs: readonly string[];
  /** Checks that explain a failure of this one: if one of them failed, this failure is reported as its consequence. */
  readonly causedBy: readonly string[];
  readonly run: () => Promise<Finding>;
}

export type Result = Pick<Check, 'id' | 'group' | 'title'> & Finding;

/** Runs each check once, after the checks that it depends on. */
export const createChecker = (checks: readonly Check[]): ((check: Check) => Promise<Result>) => {
  const checksById = new Map(checks.map((check) => [check.id, check]));
  const results = new Map<string, Promise<Result>>();
  const runOnce = (check: Check): Promise<Result> => {
    const { id, group, title } = check;
    const result =
      results.get(id) ?? runInOrder(check, resultOf).then((finding) => ({ id, group, title, ...finding }));
    results.set(id, result);
    return result;
  };
  const resultOf: ResultOf = async (id) => {
    const check = checksById.get(id);
    return check === undefined ? undefined : runOnce(check);
  };
  return runOnce;
};

/** Undefined if there is no such check. */
type ResultOf = (id: string) => Promise<Result | undefined>;

const runInOrder = async (check: Check, resultOf: ResultOf): Promise<Finding> => {
  const unmet = await firstResult(check.needs, resultOf, isUnmet);
  if (unmet !== undefined) {
    const cause = await causeOf(unmet, resultOf);
    return { status: 'unknown', message: `Not checked, see "${cause.title}".`, because: cause.id };
  }
  const finding = await attempt(check);
  if (finding.status !== 'failed') return finding;
  const cause = await firstResult(check.causedBy, resultOf, ({ status }) => status === 'failed');
  return cause === undefined
    ? finding
    : {
        ...finding,
        status: 'unknown',
        message: `${finding.message}\nThis may follow from "${cause.title}".`,
        because: cause.id,
      };
};

const isUnmet = ({ status }: Result): boolean => status === 'failed' || status === 'unknown';

const firstResult = async (
  ids: readonly string[],
  resultOf: ResultOf,
  isMatch: (result: Result) => boolean,
): Promise<Result | undefined> => {
  for (const id of ids) {
    const result = await resultOf(id);
    if (result !== undefined && isMatch(result)) return result;
  }
  return undefined;
};

/** The check that failed first, rather than one that did not run because of it. */
const causeOf = async (result: Result, resultOf: ResultOf): Promise<Result> => {
  if (result.status !== 'unknown' || result.because === undefined) return result;
  return (await resultOf(result.because)) ?? result;
};

/** Runs a check. An error makes this check unknown, and does not affect the others. */
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
