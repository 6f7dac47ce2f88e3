import fc from 'fast-check';
import { editDistance, similarNames } from '../../shared/core/similar-names.ts';

const roles = ['app-web', 'app-batch', 'reports', 'intern', 'a', 'App-Worker'];

describe('similar names', () => {
  it.each([
    ['app-wbe', ['app-web']],
    ['APP-WEB2', ['app-web']],
    ['report', ['reports']],
    ['reprots', ['reports']],
    ['web', ['app-web']],
    ['app', ['App-Worker', 'app-batch', 'app-web']],
    ['app-worke', ['App-Worker']],
    ['b', ['a']],
    ['nothing-like-it', []],
    ['', ['a']],
  ])('%s: %j', (typed, expected) => {
    expect(similarNames(typed, roles)).toEqual(expected);
  });

  it('does not compare a text that is much longer, which would take all memory', () => {
    expect(similarNames('x'.repeat(100_000), roles)).toEqual([]);
    expect(similarNames('web', ['x'.repeat(100_000)])).toEqual([]);
  });

  it('suggests three at most, and each once', () => {
    expect(similarNames('app-1', ['app-5', 'app-4', 'app-3', 'app-2', 'app-2'])).toEqual([
      'app-2',
      'app-3',
      'app-4',
    ]);
  });
});

describe('the distance of two texts', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'abxc', 1],
    ['abc', 'ac', 1],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['google-acess', 'google-access', 1],
    ['kitten', 'sitting', 3],
  ])('%s and %s: %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, zero only for equal texts, and no more than the longer length', () => {
    const text = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c', '-') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
