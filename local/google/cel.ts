import { functions, methods } from './cel-functions.ts';
import { boolean, calculate, compare, type Evaluate, logical, member } from './cel-operators.ts';

export type { Scope } from './cel-operators.ts';

export interface Program {
  readonly evaluate: Evaluate;
  readonly logicalOperators: number;
}

const tokenPattern =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\d+(?:\.\d+)?|[A-Za-z_]\w*|&&|\|\||[=!<>]=|[-+*/%<>!?:.,()[\]])|$)/y;

const tokenize = (expression: string): readonly string[] => {
  const tokens: string[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < expression.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(expression);
    if (match === null) throw new Error(`token recognition error at: '${expression.slice(at, at + 10)}'`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const unquote = (literal: string): string =>
  literal.slice(1, -1).replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);

/** Weakest first. */
const levels = [
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '<', '>', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
] as const;

/**
 * The part of the Common Expression Language that Google's docs use in conditions and attribute mappings; no macros.
 * @throws Error where the expression does not compile, as Google refuses to store it.
 */
export const compile = (expression: string, variables: readonly string[]): Program => {
  const tokens = tokenize(expression);
  let at = 0;
  const peek = (): string => tokens[at] ?? '<EOF>';
  const take = (): string => {
    const token = peek();
    at += 1;
    return token;
  };
  const takeIf = (token: string): boolean => {
    if (peek() !== token) return false;
    at += 1;
    return true;
  };
  const expect = (token: string): void => {
    if (!takeIf(token)) throw new Error(`Syntax error: mismatched input '${peek()}' expecting '${token}'`);
  };
  const name = (): string => {
    const token = take();
    if (!/^[A-Za-z_]/.test(token)) throw new Error(`Syntax error: mismatched input '${token}'`);
    return token;
  };
  const list = (end: string): readonly Evaluate[] => {
    const items: Evaluate[] = [];
    if (takeIf(end)) return items;
    do items.push(ternary());
    while (takeIf(','));
    expect(end);
    return items;
  };
  const called = (table: typeof methods, method: string, values: readonly Evaluate[]): Evaluate => {
    const implementation = table.get(method);
    if (implementation === undefined) throw new Error(`undeclared reference to '${method}'`);
    return (scope) => implementation(...values.map((value) => value(scope)));
  };

  const primary = (): Evaluate => {
    const token = take();
    if (token === '(') {
      const inner = ternary();
      expect(')');
      return inner;
    }
    if (token === '[') {
      const items = list(']');
      return (scope) => items.map((item) => item(scope));
    }
    if (/^["']/.test(token)) return () => unquote(token);
    if (/^\d/.test(token)) return () => Number(token);
    if (token === 'true' || token === 'false') return () => token === 'true';
    if (token === 'null') return () => null;
    if (!/^[A-Za-z_]/.test(token)) throw new Error(`Syntax error: mismatched input '${token}'`);
    if (takeIf('(')) return called(functions, token, list(')'));
    if (!variables.includes(token)) throw new Error(`undeclared reference to '${token}'`);
    return (scope) => member(scope, token);
  };
  const selection = (): Evaluate => {
    let value = primary();
    for (;;) {
      const container = value;
      if (takeIf('.')) {
        const key = name();
        value = takeIf('(')
          ? called(methods, key, [container, ...list(')')])
          : (scope) => member(container(scope), key);
      } else if (takeIf('[')) {
        const key = ternary();
        expect(']');
        value = (scope) => member(container(scope), key(scope));
      } else return value;
    }
  };
  const unary = (): Evaluate => {
    if (takeIf('!')) {
      const value = unary();
      return (scope) => !boolean(value(scope));
    }
    if (takeIf('-')) {
      const value = unary();
      return (scope) => calculate('-', 0, value(scope));
    }
    return selection();
  };
  const joined = (operator: string, left: Evaluate, right: Evaluate): Evaluate => {
    if (operator === '||' || operator === '&&') return logical(left, right, operator === '||');
    return (scope) =>
      (levels[2] as readonly string[]).includes(operator)
        ? compare(operator, left(scope), right(scope))
        : calculate(operator, left(scope), right(scope));
  };
  const binary = (level: number): Evaluate => {
    const operators: readonly string[] | undefined = levels[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    while (operators.includes(peek())) left = joined(take(), left, binary(level + 1));
    return left;
  };
  const ternary = (): Evaluate => {
    const condition = binary(0);
    if (!takeIf('?')) return condition;
    const yes = binary(0);
    expect(':');
    const no = ternary();
    return (scope) => (boolean(condition(scope)) ? yes(scope) : no(scope));
  };

  const evaluate = ternary();
  if (at < tokens.length) throw new Error(`Syntax error: extraneous input '${peek()}'`);
  return { evaluate, logicalOperators: tokens.filter((token) => /^(&&|\|\||!)$/.test(token)).length };
};
