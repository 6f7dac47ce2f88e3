import { isRecord } from './call.ts';

type Compare = (value: string, wanted: string) => boolean;

const lower = (value: string): string => value.toLowerCase();

/** `*` stands for any text; `\*` and `\\` for themselves. */
const wildcard: Compare = (value, wanted) => {
  const source = wanted.replaceAll(/\\[*\\]|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    const character = part.length === 2 ? part.charAt(1) : part;
    return character.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`).test(value);
};

const compares: Readonly<Record<string, Compare>> = {
  prefix: (value, wanted) => value.startsWith(wanted),
  suffix: (value, wanted) => value.endsWith(wanted),
  'equals-ignore-case': (value, wanted) => lower(value) === lower(wanted),
  wildcard,
};

/** `"x"`; in prefix and suffix also `{"equals-ignore-case": "x"}`. */
const compareText = (compare: Compare, operand: unknown, value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  if (typeof operand === 'string') return compare(value, operand);
  const ignoringCase = isRecord(operand) ? operand['equals-ignore-case'] : undefined;
  if (typeof ignoringCase === 'string') return compare(lower(value), lower(ignoringCase));
  throw new Error(`not an operand: ${JSON.stringify(operand)}`);
};

/** `[">", 0, "<=", 5]` */
const numeric = (operand: unknown, value: unknown): boolean => {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0)
    throw new Error(`numeric takes pairs of an operator and a number: ${JSON.stringify(operand)}`);
  if (typeof value !== 'number') return false;
  return operand.every((sign: unknown, index) => {
    if (index % 2 === 1) return true;
    const bound = Number(operand[index + 1]);
    switch (sign) {
      case '=':
        return value === bound;
      case '<':
        return value < bound;
      case '<=':
        return value <= bound;
      case '>':
        return value > bound;
      case '>=':
        return value >= bound;
      default:
        throw new Error(`numeric does not know ${String(sign)}`);
    }
  });
};

const asList = (operand: unknown): readonly unknown[] => (Array.isArray(operand) ? operand : [operand]);

/** A value, a list of them, or another text operator and its operands: whatever is there but those. */
const anythingBut = (operand: unknown, value: unknown): boolean => {
  if (value === undefined) return false;
  if (!isRecord(operand)) return !asList(operand).includes(value);
  return !Object.entries(operand).some(([name, inner]) =>
    asList(inner).some((one) => operate(name, one, value)),
  );
};

const operate = (name: string, operand: unknown, value: unknown): boolean => {
  const compare = compares[name];
  if (compare !== undefined) return compareText(compare, operand, value);
  switch (name) {
    case 'anything-but':
      return anythingBut(operand, value);
    case 'exists':
      return operand === (value !== undefined);
    case 'numeric':
      return numeric(operand, value);
    default:
      throw new Error(`the stand-in does not know the pattern operator ${name}`);
  }
};

/** Whether one leaf of an event meets one rule of a pattern; a missing leaf is undefined. */
export const meets = (rule: unknown, value: unknown): boolean => {
  if (!isRecord(rule)) return rule === value;
  const [[name, operand] = ['', undefined], ...more] = Object.entries(rule);
  if (more.length > 0) throw new Error(`a rule has one operator: ${JSON.stringify(rule)}`);
  return operate(name, operand, value);
};
