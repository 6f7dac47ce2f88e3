/** EventBridge's pattern language, as far as its documentation goes for what rules here may use. */

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textMatches = (value: unknown, test: (text: string) => boolean): boolean =>
  typeof value === 'string' && test(value);

/** `{"prefix": "x"}` or `{"prefix": {"equals-ignore-case": "x"}}`. */
const affix = (pattern: unknown, value: unknown, test: (text: string, part: string) => boolean): boolean => {
  const ignored = isRecord(pattern) ? pattern['equals-ignore-case'] : undefined;
  if (typeof ignored === 'string')
    return textMatches(value, (text) => test(text.toLowerCase(), ignored.toLowerCase()));
  return typeof pattern === 'string' && textMatches(value, (text) => test(text, pattern));
};

const ruleMatches = (rule: unknown, value: unknown): boolean => {
  if (!isRecord(rule)) return rule === value;
  const [[operator, operand] = ['', undefined]] = Object.entries(rule);
  switch (operator) {
    case 'prefix':
      return affix(operand, value, (text, part) => text.startsWith(part));
    case 'suffix':
      return affix(operand, value, (text, part) => text.endsWith(part));
    case 'equals-ignore-case':
      return (
        typeof operand === 'string' &&
        textMatches(value, (text) => text.toLowerCase() === operand.toLowerCase())
      );
    case 'anything-but':
      return value !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(value);
    case 'exists':
      return operand === (value !== undefined);
    default:
      throw new Error(`the stand-in does not know the pattern operator ${operator}`);
  }
};

const isLeafRule =
  (rules: readonly unknown[]) =>
  (value: unknown): boolean =>
    rules.some((rule) => ruleMatches(rule, value));

/** An array in the event matches if any of its elements does; a missing field is `undefined`. */
const fieldMatches = (pattern: unknown, value: unknown): boolean => {
  const values: readonly unknown[] = Array.isArray(value)
    ? value.length === 0
      ? [undefined]
      : value
    : [value];
  if (Array.isArray(pattern)) return values.some(isLeafRule(pattern));
  return values.some((one) => matchesPattern(pattern, one));
};

export const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (!isRecord(pattern)) throw new Error('a pattern is an object');
  return Object.entries(pattern).every(([field, inner]) => {
    if (field === '$or') return Array.isArray(inner) && inner.some((one) => matchesPattern(one, event));
    return fieldMatches(inner, isRecord(event) ? event[field] : undefined);
  });
};
