import { AwsError, isRecord } from './call.ts';
import { escapePattern } from './escape-pattern.ts';

/** A line's test. Covers the filter patterns that rolebridge's tools use: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
type Test = (message: string) => boolean;

/** Compiles a filter pattern. @throws AwsError for an unsupported pattern, which would find too much or too little */
export const patternTest = (pattern: string): Test => {
  const trimmed = pattern.trim();
  if (trimmed === '') return () => true;
  return trimmed.startsWith('{') && trimmed.endsWith('}') ? jsonTest(trimmed) : termsTest(trimmed);
};

/** `$.level = "ERROR"`, `$.error.name != "x*"`, `$.count = 3` */
const comparison = /^\s*\$\.([\w.]+)\s*(=|!=)\s*("[^"]*"|-?\d+(?:\.\d+)?)\s*$/;

/** Comparisons, joined by `||` or by `&&`. A line that is not JSON passes none. */
const jsonTest = (pattern: string): Test => {
  const inside = pattern.slice(1, -1);
  const [isAny, isAll] = [inside.includes('||'), inside.includes('&&')];
  if (isAny && isAll) throw unknown(pattern);
  const tests = inside.split(/\|\||&&/).map((part) => {
    const [, path, sign, operand] = comparison.exec(part) ?? [];
    if (path === undefined || operand === undefined) throw unknown(pattern);
    const isWanted = wanted(operand);
    return (line: unknown): boolean => {
      const value = at(path.split('.'), line);
      return value !== undefined && isWanted(value) === (sign === '=');
    };
  });
  return (message) => {
    const line = parsed(message);
    return isAny ? tests.some((test) => test(line)) : tests.every((test) => test(line));
  };
};

const unknown = (pattern: string): AwsError =>
  new AwsError('InvalidParameterException', `The stand-in does not know the filter pattern ${pattern}`);

const wanted = (operand: string): ((value: unknown) => boolean) => {
  if (!operand.startsWith('"')) return (value) => value === Number(operand);
  const pattern = new RegExp(`^${operand.slice(1, -1).split('*').map(escapePattern).join('.*')}$`);
  return (value) => typeof value === 'string' && pattern.test(value);
};

const at = (path: readonly string[], value: unknown): unknown =>
  path.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value);

const parsed = (message: string): unknown => {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
};

/** `?ERROR ?Task`: any of them; `ERROR "timed out"`: all of them. */
const termsTest = (pattern: string): Test => {
  const terms = pattern.match(/\??(?:"[^"]*"|\w+)/g) ?? [];
  const isWhole = terms.join(' ') === pattern.replaceAll(/\s+/g, ' ');
  const optional = terms.filter((term) => term.startsWith('?'));
  if (!isWhole || ![0, terms.length].includes(optional.length)) throw unknown(pattern);
  const tests = terms.map((term) => hasTerm(term.replace(/^\?/, '')));
  return optional.length > 0
    ? (message) => tests.some((test) => test(message))
    : (message) => tests.every((test) => test(message));
};

/** A term is a word, or words in quotes. It is case-sensitive. */
const hasTerm = (term: string): Test => {
  const pattern = new RegExp(`(?<!\\w)${escapePattern(term.replace(/^"(.*)"$/, '$1'))}(?!\\w)`);
  return (message) => pattern.test(message);
};
