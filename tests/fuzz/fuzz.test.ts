import { all } from './properties.ts';

/** `npm run test:fuzz` runs 100,000 of each. */
const runs = 1000;

describe('with any input: no crash, no grant outside the guardrail, no foreign row changed', () => {
  it.each(all)('$name', async ({ check }) => {
    // Most of the input is not noise: it is understood, and so gets past the parser.
    expect(await check(runs)).toBeGreaterThan(runs / 100);
  });
});
