import { readFileSync } from 'node:fs';
import { withCosts } from '../../scripts/cost.ts';

const page = readFileSync('docs/cost.md', 'utf8');

describe('docs/cost.md', () => {
  it('has the table that follows from the counted calls and the prices ("npm run cost" writes it)', () => {
    expect(withCosts(page)).toBe(page);
  });

  it('names the date of the prices', () => {
    const { date } = JSON.parse(readFileSync('scripts/aws-prices.json', 'utf8')) as { date: string };
    expect(page).toContain(date);
  });

  it('refuses a page without the markers', () => {
    expect(() => withCosts('# Cost')).toThrow('docs/cost.md lacks');
  });
});
