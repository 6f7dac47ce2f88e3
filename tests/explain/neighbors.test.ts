import { explain } from '../../shared/explain/explain.ts';
import { neighbors } from './neighbors.ts';

describe('a text that only resembles a known error', () => {
  it.each(neighbors.map(({ because, text, ids }) => [because, text, ids] as const))('%s', (_, text, ids) => {
    expect(explain(text).map(({ id }) => id)).toEqual(ids);
  });

  it('is tried 30 times and more', () => {
    expect(new Set(neighbors.map(({ text }) => text)).size).toBeGreaterThanOrEqual(30);
  });
});
