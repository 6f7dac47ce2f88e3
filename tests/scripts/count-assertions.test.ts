import { assertionsIn, differences } from '../../scripts/count-assertions.ts';

describe('the assertions in a text', () => {
  it.each<[string, number]>([
    ['expect(a).toBe(1); expect(b).not.toBe(2);', 2],
    ['await expect(run()).rejects.toThrow();', 1],
    ['expectNoSecretIn(output); checkNoSecretIn(output);', 2],
    ['fc.assert(fc.property(fc.nat(), (n) => n >= 0));', 1],
    ['fc.assert(fc.property(fc.nat(), (n) => { expect(n).toBe(n); }));', 2],
    ["toEqual([expect.stringContaining('x')])", 0],
    ['  // expect(a)\n/* expect(b)\n expect(c) */', 0],
  ])('%j: %i', (text, count) => {
    expect(assertionsIn(text)).toBe(count);
  });
});

it('names each file whose number differs, the largest loss first', () => {
  const before = new Map([
    ['gone', 3],
    ['more', 1],
    ['same', 4],
    ['less', 2],
  ]);
  const after = new Map([
    ['same', 4],
    ['less', 1],
    ['more', 2],
    ['new', 5],
  ]);
  expect(differences(before, after)).toEqual([
    { file: 'gone', before: 3, after: 0 },
    { file: 'less', before: 2, after: 1 },
    { file: 'more', before: 1, after: 2 },
    { file: 'new', before: 0, after: 5 },
  ]);
});
