import { compile, type Scope } from './cel.ts';

const arn = 'arn:aws:sts::111122223333:assumed-role/reports/i-1';
const scope: Scope = { a: { b: 'x', list: ['p', 'q'], n: 3 }, arn, yes: true };
const evaluate = (expression: string) => compile(expression, Object.keys(scope)).evaluate(scope);

it.each([
  ['"a" + \'b\'', 'ab'],
  ['1 + 2 * 3 - -4', 11],
  ['(1 + 2) * 3 == 9', true],
  ['7 % 4 >= 3 && 6 / 3 <= 2', true],
  ['!yes || a.n > 2', true],
  ['a["b"] == "x"', true],
  ['"p" in a.list && !("z" in a.list)', true],
  ['"b" in a', true],
  ['a.list[1]', 'q'],
  ['[1, 2] == [1, 2]', true],
  ['null == null', true],
  ['!yes ? "one" : yes ? "two" : "three"', 'two'],
  ['a.nothing == "x" || yes', true],
  ['yes || a.nothing', true],
  ['a.nothing && !yes', false],
  ["arn.extract('assumed-role/{name}/')", 'reports'],
  ["arn.extract('{before}assumed-role/')", 'arn:aws:sts::111122223333:'],
  ["arn.extract('reports/{rest}')", 'i-1'],
  ["arn.extract('nowhere/{x}/')", ''],
  ["arn.extract('reports/{x}/')", ''],
  ["arn.contains('role') && arn.startsWith('arn:') && arn.endsWith('i-1')", true],
  ["arn.matches('role/[a-z]+/i-[0-9]$')", true],
  ["'a-b'.split('-')[1] + 'C'.lowerAscii() + 'c'.upperAscii() + 'xx'.replace('x', 'y')", 'bcCyy'],
  ["size('abc') == 'abc'.size()", true],
  ['timestamp("2030-01-01T00:00:00Z") < timestamp("2030-01-01T00:00:00.5Z")', true],
  ['string(1)', '1'],
])('%s', (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

it.each([
  '',
  'a.',
  'a ==',
  '(a',
  'a b',
  'nobody',
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
  expect(() => compile(expression, ['a', 'b'])).toThrow(/Syntax error|token recognition|undeclared/);
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
])('compiles, but has no value: %s', (expression) => {
  expect(() => evaluate(expression)).toThrow(/overload|template|timestamp/);
});

it('counts logical operators', () => {
  expect(compile('!a && a || !a', ['a']).logicalOperators).toBe(4);
});
