import fc from 'fast-check';
import { patternCovers as includes, globsMeet as overlaps } from '../../shared/core/glob.ts';

describe('includes', () => {
  it.each([
    ['*', 'anything', true],
    ['*', 'a*', true],
    ['a*', '*', false],
    ['arn:aws:iam::1:role/*', 'arn:aws:iam::1:role/app-*', true],
    ['arn:aws:iam::1:role/app-*', 'arn:aws:iam::1:role/*', false],
    ['a?c', 'abc', true],
    ['a?c', 'a*c', false],
    ['a?c', 'a?c', true],
    ['a.c', 'abc', false],
    ['role#*', 'role#aws:1:x', true],
  ])('%s includes %s: %s', (pattern, other, expected) => {
    expect(includes(pattern, other)).toBe(expected);
  });
});

describe('overlaps', () => {
  it.each([
    ['*', '', true],
    ['a*', '*b', true],
    ['a*c', 'ab*', true],
    ['a?', 'a', false],
    ['app-*', 'reports', false],
    ['x/*/y', 'x/*', true],
    ['a*b', 'a*c', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});

it('agree with each other, and with what a pattern matches', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 5 })
    .map((parts) => parts.join(''));
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, pattern, text, (one, other, sample) => {
      const inOther = includes(other, sample);
      if (includes(one, other) && inOther) expect(includes(one, sample)).toBe(true);
      if (includes(one, sample) && inOther) expect(overlaps(one, other)).toBe(true);
      if (includes(one, other)) expect(overlaps(one, other)).toBe(true);
    }),
  );
});
