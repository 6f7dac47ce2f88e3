import { isRecord } from './call.ts';
import { type Indices, type Leaf, leavesOf, mergeIndices } from './event-leaves.ts';
import { invalidPattern } from './invalid-pattern.ts';
import { isAbsenceRule, type LeafTest, operators, toLeafTest } from './leaf-test.ts';

export type EventTest = (event: unknown) => boolean;

/**
 * EventBridge's pattern language, as AWS's own rule engine compiles and matches it: https://github.com/aws/event-ruler
 * @throws AwsError InvalidEventPatternException
 */
export const compilePattern = (pattern: unknown): EventTest => {
  if (!isRecord(pattern)) throw invalidPattern('Filter is not an object');
  const alternatives = withFields([new Map()], [], pattern, false).map((fields) =>
    [...fields.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  );
  return (event) => {
    const leaves = leavesOf(event);
    return alternatives.some((fields) => areMet(fields, leaves, new Map()));
  };
};

/** All fields of one alternative. */
type Fields = ReadonlyMap<string, Field>;

/** One field of a pattern: any of its tests must pass. */
interface Field {
  /** Names joined by a dot. */
  readonly path: string;
  readonly tests: readonly LeafTest[];
  readonly mayBeAbsent: boolean;
}

/** Each `$or` multiplies the alternatives. If a field is named twice, the last one counts, as in AWS. */
const withFields = (
  alternatives: readonly Fields[],
  path: readonly string[],
  pattern: Readonly<Record<string, unknown>>,
  isWithinOr: boolean,
): readonly Fields[] => {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  return entries.reduce((known, [name, inner]) => {
    if (name === '$or') return branchesOf(inner).flatMap((branch) => withFields(known, path, branch, true));
    if (isWithinOr && operators.has(name))
      throw invalidPattern(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    if (isRecord(inner)) return withFields(known, [...path, name], inner, isWithinOr);
    if (!Array.isArray(inner)) throw invalidPattern(`"${name}" must be an object or an array`);
    const field = toField([...path, name].join('.'), inner);
    return known.map((fields) => new Map([...fields, [field.path, field]]));
  }, alternatives);
};

const branchesOf = (inner: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (!Array.isArray(inner)) throw invalidPattern('It must be an Array followed with $or.');
  const branches = inner.filter(isRecord);
  if (branches.length < inner.length)
    throw invalidPattern('Only JSON object is allowed in array of $or relationship.');
  if (branches.length < 2) throw invalidPattern('There must have at least 2 Objects in $or relationship.');
  return branches;
};

const toField = (path: string, rules: readonly unknown[]): Field => {
  if (rules.length === 0) throw invalidPattern('Empty arrays are not allowed');
  return { path, tests: rules.map(toLeafTest), mayBeAbsent: rules.some(isAbsenceRule) };
};

/**
 * All matches must come from the same elements of the event's arrays: the key of one tag and the value of another do not
 * match together. Fields are tried in the order of their names, so the elements that earlier fields chose decide whether a
 * later field is absent.
 */
const areMet = (
  [field, ...others]: readonly Field[],
  leaves: ReadonlyMap<string, readonly Leaf[]>,
  chosen: Indices,
): boolean => {
  if (field === undefined) return true;
  const reachable = (leaves.get(field.path) ?? []).flatMap(({ value, indices }) => {
    const merged = mergeIndices(chosen, indices);
    return merged === undefined ? [] : [{ value, merged }];
  });
  if (field.mayBeAbsent && reachable.length === 0 && areMet(others, leaves, chosen)) return true;
  return reachable.some(
    ({ value, merged }) => field.tests.some((isMet) => isMet(value)) && areMet(others, leaves, merged),
  );
};
