import { everyEnding, lines, moves } from './interleavings.ts';
import { checkModel } from './model.ts';

/** `npm run test:soak [-- runs [seed]]`: what `npm test` does a little of. A failure prints seed, path and history. */
const [, , runsText = '10000', seedText = String(Date.now() % 2 ** 31)] = process.argv;
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0);

const startedAt = performance.now();
const { runs, steps, early } = await checkModel(Number(runsText), Number(seedText));
console.log(`Random histories, seed ${seedText}:`);
console.log(
  `  ${runs} runs of ${steps} steps agree with the model after one sweep; ${early} did so before it.`,
);
console.log(
  `  No foreign row was changed, and nothing was bound that nobody had asked for. ${seconds(startedAt)} s`,
);

console.log('\nEvery order of the calls of two reconciles, A killed after each of its calls or not at all:');
const cases = [...lines.map((line) => ['untag', line] as const), ['retarget', 'event'] as const];
for (const [move, line] of cases) {
  const since = performance.now();
  const endings = await everyEnding(moves[move], line);
  const unattended = endings.filter((ending) => ending.unattended.length > 0).length;
  const wrong = endings.filter(({ afterSweep }) => afterSweep.length > 0);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong, null, 2));
  console.log(
    `  ${move}, B is the ${line}: ${endings.length} schedules; ` +
      `${unattended} leave a binding to the sweep, 0 to nobody. ${seconds(since)} s`,
  );
}
