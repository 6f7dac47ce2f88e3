import type { Statement } from './policy.ts';

/**
 * The same permissions in fewer statements, in the order of the first of each: statements about the same resources become one,
 * and then those with the same actions, both only under the same condition. So a condition that lists accounts stands there once.
 */
export const merged = (statements: readonly Statement[]): readonly Statement[] =>
  mergedBy(
    mergedBy(statements, ({ Resource, Condition }) => [Resource.toSorted(), Condition]),
    ({ Action, Condition }) => [Action.toSorted(), Condition],
  );

const mergedBy = (
  statements: readonly Statement[],
  sameIn: (statement: Statement) => readonly unknown[],
): readonly Statement[] =>
  [...Map.groupBy(statements, (one) => JSON.stringify(sameIn(one))).values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [more.reduce(joined, first)],
  );

/** One of the two lists is the same in both. */
const joined = (one: Statement, other: Statement): Statement => ({
  ...one,
  Sid: `${one.Sid}${other.Sid}`,
  Action: [...new Set([...one.Action, ...other.Action])],
  Resource: [...new Set([...one.Resource, ...other.Resource])],
});
