import { compile } from './cel.ts';
import { examples, scope } from './cel-examples.json';

const evaluate = (expression: string): unknown => {
  const value = compile(expression, Object.keys(scope)).evaluate(scope);
  // Integers are BigInts, which JSON does not have.
  return typeof value === 'bigint' ? Number(value) : value;
};

it.each(examples)('$expression', ({ expression, value }) => {
  expect(evaluate(expression)).toEqual(value);
});

it.each([
  '',
  'a.',
  'a ==',
  '(a',
  'a b',
  'missing',
  'f(1)',
  'a.f()',
  '"open',
  'a ? b',
  '[1',
  'a[1',
  '#',
  "'it''s'",
  'a ? a : no ? a : b',
  '1 +* 2',
])('does not compile: %s', (expression) => {
  expect(() => compile(expression, ['a', 'b'])).toThrow(
    /Expected|Unexpected|Unterminated|Unknown variable|no matching overload/,
  );
});

it.each([
  '1 < "a"',
  '"a" - "b"',
  '!1',
  '1 ? 2 : 3',
  'yes && 1',
  'size(1)',
  "1.contains('a')",
  "arn.extract('x')",
  'timestamp("x")',
])('has no value: %s', (expression) => {
  expect(() => evaluate(expression)).toThrow(/overload|must be bool|requires bool|template|timestamp/);
});

it('counts logical operators', () => {
  expect(compile('!a && a || !a', ['a']).logicalOperators).toBe(4);
});
