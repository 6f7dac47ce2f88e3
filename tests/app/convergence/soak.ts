import { everyEnding, type Line, lines, type MoveName, moves } from './interleavings.ts';
import { checkModel } from './model.ts';

/**
 * `npm run test:soak [-- runs [seed]]`: a longer run of what `npm test` covers briefly. A failure prints seed, path
 * and history.
 */
const [, , runsText = '10000', seedText = String(Date.now() % 2 ** 31)] = process.argv;
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0);

const startedAt = performance.now();
const { runs, steps, early, acts } = await checkModel(Number(runsText), Number(seedText));
console.log(`Random histories, seed ${seedText}:`);
console.log(
  `  ${runs} runs of ${steps} steps agree with the model after one sweep; in ${early}, no binding waited for it.`,
);
console.log(
  '  No foreign row or parameter was changed, nothing was bound that nobody had asked for, and nothing was reported as',
);
console.log(`  Revoked that was there. ${seconds(startedAt)} s\n`);
console.log('Histories that contained:');
for (const [name, count] of [...acts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`  ${String(count).padStart(6)}  ${name}`);

let schedules = 0;
console.log('\nEvery order of the calls of two reconciles, A killed after each of its calls or not at all:');
/** Some sets of orders are too large: this many orders for each kill. */
const atMost = 100;
const cases: readonly (readonly [MoveName, Line, number?])[] = [
  ...lines.map((line) => ['untag', line] as const),
  ...lines.map((line) => ['delete role', line] as const),
  ...lines.map((line) => ['retarget', line, atMost] as const),
  ...lines.map((line) => ['untag, direct', line, atMost] as const),
];
for (const [move, line, limit] of cases) {
  const since = performance.now();
  const endings = await everyEnding(moves[move], line, limit);
  const unattended = endings.filter((ending) => ending.unattended.length > 0).length;
  const wrong = endings.filter(({ afterSweep }) => afterSweep.length > 0);
  schedules += endings.length;
  if (wrong.length > 0 || unattended > 0) throw new Error(JSON.stringify(wrong, null, 2));
  console.log(
    `  ${move}, B is the ${line}: ${endings.length} schedules${limit === undefined ? '' : ' in a random choice'}; none leaves a binding to the sweep. ${seconds(since)} s`,
  );
}
console.log(`  ${schedules} schedules.`);
