import { isRecord } from './call.ts';
import type { Scalar } from './event-leaves.ts';
import { invalidPattern } from './invalid-pattern.ts';
import { isAddress, toAddressTest, toCidrTest } from './ip-test.ts';
import { toWildcardTest } from './wildcard-test.ts';

/** Whether one leaf of an event meets one rule of a pattern. */
export type LeafTest = (value: Scalar) => boolean;

/** @throws AwsError InvalidEventPatternException */
export const toLeafTest = (rule: unknown): LeafTest => {
  if (isRecord(rule)) return toOperatorTest(rule);
  if (Array.isArray(rule)) throw invalidPattern('Match value must be String, number, true, false, or null');
  return typeof rule === 'string' && isAddress(rule)
    ? onText(toAddressTest(rule))
    : (value) => value === rule;
};

const toOperatorTest = (rule: Readonly<Record<string, unknown>>): LeafTest => {
  const [[name, operand] = [''], ...more] = Object.entries(rule);
  if (name === '') throw invalidPattern('Match expression name not found');
  const toTest = operators.get(name);
  if (toTest === undefined) throw invalidPattern(`Unrecognized match type ${name}`);
  if (more.length > 0) throw invalidPattern('Only one key allowed in match expression');
  return toTest(operand);
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
export const operators: ReadonlyMap<string, (operand: unknown) => LeafTest> = new Map([
  ['prefix', (operand: unknown) => onText(toAffixTest('prefix', operand))],
  ['suffix', (operand: unknown) => onText(toAffixTest('suffix', operand))],
  ['equals-ignore-case', (operand: unknown) => onText(toEqualsIgnoreCaseTest(operand))],
  ['wildcard', (operand: unknown) => onText(toWildcardTest(textOf('wildcard', operand)))],
  ['cidr', (operand: unknown) => onText(toCidrTest(textOf('cidr', operand)))],
  ['numeric', (operand: unknown) => toNumericTest(operand)],
  ['exists', (operand: unknown) => toExistsTest(operand)],
  ['anything-but', (operand: unknown) => toAnythingButTest(operand)],
]);

type TextTest = (text: string) => boolean;

const onText =
  (test: TextTest): LeafTest =>
  (value) =>
    typeof value === 'string' && test(value);

/** `"x"` or `{"equals-ignore-case": "x"}` */
const toAffixTest = (side: 'prefix' | 'suffix', operand: unknown): TextTest => {
  const has = (text: string, affix: string): boolean =>
    side === 'prefix' ? text.startsWith(affix) : text.endsWith(affix);
  if (!isRecord(operand)) {
    const affix = textOf(side, operand);
    return (text) => has(text, affix);
  }
  const [[name, inner] = [''], ...more] = Object.entries(operand);
  if (name !== 'equals-ignore-case' || more.length > 0)
    throw invalidPattern(`Unsupported ${side} pattern: ${name}`);
  const affix = textOf('equals-ignore-case', inner).toLowerCase();
  return (text) => has(text.toLowerCase(), affix);
};

const textOf = (operator: string, operand: unknown): string => {
  if (typeof operand !== 'string') throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
};

const toEqualsIgnoreCaseTest = (operand: unknown): TextTest => {
  const wanted = textOf('equals-ignore-case', operand).toLowerCase();
  return (text) => text.toLowerCase() === wanted;
};

/** `[">", 0, "<=", 5]`: one comparison, or a lower bound and an upper bound. */
const toNumericTest = (operand: unknown): LeafTest => {
  if (!Array.isArray(operand)) throw invalidPattern('Value of numeric must be an array.');
  const [first, bottom, second, top, ...more] = operand as readonly unknown[];
  const lower = toComparison(first, bottom);
  if (operand.length === 2) return onNumber(lower);
  if (!['>', '>='].includes(String(first)) || more.length > 0)
    throw invalidPattern('Too many elements in numeric expression');
  if (!['<', '<='].includes(String(second)))
    throw invalidPattern(`Bad numeric range operator: ${String(second)}`);
  const upper = toComparison(second, top);
  if (Number(bottom) >= Number(top)) throw invalidPattern('Bottom must be less than top');
  return onNumber((value) => lower(value) && upper(value));
};

const toComparison = (sign: unknown, bound: unknown): ((value: number) => boolean) => {
  if (typeof sign !== 'string') throw invalidPattern(`Invalid member in numeric match: ${String(sign)}`);
  const compare = comparisons[sign];
  if (compare === undefined) throw invalidPattern(`Unrecognized numeric range operator: ${sign}`);
  if (typeof bound !== 'number')
    throw invalidPattern(`Value of ${sign === '=' ? 'equals' : sign} must be numeric`);
  return (value) => compare(value, bound);
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

const onNumber =
  (test: (value: number) => boolean): LeafTest =>
  (value) =>
    typeof value === 'number' && test(value);

/** A leaf exists, so `false` never holds for one. areMet() handles absence. */
const toExistsTest = (operand: unknown): LeafTest => {
  if (typeof operand !== 'boolean')
    throw invalidPattern('exists match pattern must be either true or false.');
  return () => operand;
};

/** Strings or numbers, one or a list; or an operator with one string or a list. A leaf of another type passes. */
const toAnythingButTest = (operand: unknown): LeafTest => {
  const tests = isRecord(operand) ? toNegatableTests(operand) : toValueTests(asList(operand));
  return (value) => !tests.some((isMet) => isMet(value));
};

const negatable = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);

const toNegatableTests = (operand: Readonly<Record<string, unknown>>): readonly LeafTest[] => {
  const [[name, inner] = [''], ...more] = Object.entries(operand);
  if (!negatable.has(name)) throw invalidPattern(`Unsupported anything-but pattern: ${name}`);
  if (more.length > 0) throw invalidPattern('Only one key allowed in match expression');
  const texts = asList(inner);
  if (texts.length === 0 || texts.includes('')) throw invalidPattern('Null prefix/suffix not allowed');
  return texts.map((text) => toOperatorTest({ [name]: textOf(name, text) }));
};

const asList = (operand: unknown): readonly unknown[] => (Array.isArray(operand) ? operand : [operand]);

const toValueTests = (values: readonly unknown[]): readonly LeafTest[] => {
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  if (types.size !== 1)
    throw invalidPattern(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  if (type !== 'string' && type !== 'number')
    throw invalidPattern('Inside anything but list, start|null|boolean is not supported.');
  return values.map((wanted) => (value) => value === wanted);
};

/** `{"exists": false}` */
export const isAbsenceRule = (rule: unknown): boolean => isRecord(rule) && rule['exists'] === false;
