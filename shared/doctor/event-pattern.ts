import { isRecord } from '../core/json.ts';

/** EventBridge's patterns, as far as a rule of ours may use them: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */

const isText = (value: unknown): value is string => typeof value === 'string';

type Operator = (values: readonly unknown[], operand: unknown) => boolean;

const onTexts =
  (holds: (text: string, operand: string) => boolean): Operator =>
  (values, operand) =>
    values.some((value) => {
      if (!isText(value)) return false;
      if (isText(operand)) return holds(value, operand);
      const folded = isRecord(operand) ? operand['equals-ignore-case'] : undefined;
      return isText(folded) && holds(value.toLowerCase(), folded.toLowerCase());
    });

const operators: Readonly<Record<string, Operator>> = {
  exists: (values, operand) => values.length > 0 === operand,
  prefix: onTexts((text, operand) => text.startsWith(operand)),
  suffix: onTexts((text, operand) => text.endsWith(operand)),
  'equals-ignore-case': onTexts((text, operand) => text.toLowerCase() === operand.toLowerCase()),
  'anything-but': (values, operand) => {
    const unwanted: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    if (unwanted.some(isRecord)) throw new Error('an operator inside anything-but');
    return values.some((value) => !unwanted.includes(value));
  },
};

const holds = (wanted: unknown, values: readonly unknown[]): boolean => {
  if (!isRecord(wanted)) return values.includes(wanted);
  return Object.entries(wanted).every(([name, operand]) => {
    const operator = operators[name];
    if (operator === undefined) throw new Error(`the operator ${name}`);
    return operator(values, operand);
  });
};

/** Of every object in an array, as EventBridge does. */
const valuesOf = (values: readonly unknown[], field: string): readonly unknown[] =>
  values
    .flatMap((value): readonly unknown[] => (isRecord(value) && field in value ? [value[field]] : []))
    .flat();

const matchesAll = (pattern: Readonly<Record<string, unknown>>, values: readonly unknown[]): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or')
      return Array.isArray(wanted) && wanted.some((one) => isRecord(one) && matchesAll(one, values));
    const inner = valuesOf(values, field);
    return Array.isArray(wanted)
      ? wanted.some((one) => holds(one, inner))
      : isRecord(wanted) && matchesAll(wanted, inner);
  });

/**
 * Whether a rule with this pattern lets an event pass.
 * @throws Error naming an operator that is not known here.
 */
export const patternMatches = (pattern: Readonly<Record<string, unknown>>, event: unknown): boolean =>
  matchesAll(pattern, [event]);
