import Table from 'cli-table3';
import { all } from './properties.ts';

/**
 * `npm run test:fuzz [-- runs [seed]]` does at length what `npm test` does a little of. A failure prints its case,
 * smallest first.
 */
const [, , runsText = '100000', seedText = String(Date.now() % 2 ** 31)] = process.argv;
const runs = Number(runsText);
const table = new Table({
  head: ['what is fed with foreign bytes', 'cases', 'understood', 'seconds'],
  colAligns: ['left', 'right', 'right', 'right'],
  style: { head: [], border: [], compact: true },
});
for (const { name, check } of all) {
  const since = performance.now();
  const understood = await check(runs, Number(seedText));
  table.push([name, runs, understood, ((performance.now() - since) / 1000).toFixed(0)]);
  process.stderr.write(`${name}: ${runs}\n`);
}
console.log(
  `Seed ${seedText}. No crash, no grant outside the guardrail, no foreign row changed:\n${table.toString()}`,
);
