import { isRecord } from './call.ts';
import { meets } from './leaf-test.ts';

/** EventBridge's pattern language: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */

/** An array in the event stands for each of its elements; an empty one, as a missing field, for none. */
const elementsOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) return [value];
  return value.length === 0 ? [undefined] : value;
};

const fieldMatches = (pattern: unknown, value: unknown): boolean => {
  const values = elementsOf(value);
  // Rules look at leaves alone; to them an object is as good as missing.
  if (Array.isArray(pattern))
    return values.some((one) => pattern.some((rule) => meets(rule, isRecord(one) ? undefined : one)));
  // One element must match the whole of the inner pattern: a key of one tag and a value of another do not.
  return values.some((one) => matchesPattern(pattern, one));
};

/** @throws of an operator that it does not know, rather than to match in silence */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (!isRecord(pattern)) throw new Error('a pattern is an object');
  return Object.entries(pattern).every(([field, inner]) => {
    if (field === '$or') return Array.isArray(inner) && inner.some((one) => matchesPattern(one, event));
    return fieldMatches(inner, isRecord(event) ? event[field] : undefined);
  });
};
