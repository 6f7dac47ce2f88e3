/**
 * Measures the built command line: `--help` compared with an empty program, and `plan` on a world of 1,000 roles compared with
 * one of 100, at Parameter Store's default throughput. Medians of one run. `npm run bench:commands [-- roles]`
 */
import { spawn } from 'node:child_process';
import { reachLocalWorld } from '../cli/reach-local-world.ts';
import { startLocalWorld } from '../local/world.ts';
import { fillWorld } from './filled-world.ts';
import { checksBounds, holdBounds, sizeOr } from './input.ts';

const largest = sizeOr(1_000);
const drifted = 20;
const rounds = checksBounds ? 11 : 1;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds from start to end. The output is discarded. */
const time = async (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  expected = 0,
): Promise<number> => {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'] ?? '', ...variables },
    stdio: 'ignore',
  });
  const status = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  if (status !== expected) throw new Error(`${args.join(' ')} ended with ${String(status)}`);
  return performance.now() - startedAt;
};

const program = 'dist/rolebridge.mjs';
const empty: number[] = [];
const help: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  empty.push(await time(['-e', '0']));
  help.push(await time([program, '--help']));
}

const plan = async (roles: number): Promise<number> => {
  const world = await startLocalWorld({ timeScale: 1 });
  const settings = await fillWorld(world, roles, drifted);
  const seconds = (await time([program, 'plan'], reachLocalWorld(world), 2)) / 1000;
  // A read returns ten parameters, and reads per second and region are limited: it cannot be faster than this.
  const paced = roles / 10 / settings.sweep.parameterReadsPerSecond;
  console.log(
    `plan on ${roles} roles, ${roles * settings.regions.length} parameters: ${seconds.toFixed(1)} s, of which the pace of Parameter Store's reads takes ${paced.toFixed(1)}`,
  );
  await world.close();
  return seconds;
};

const [bare, helped] = [median(empty), median(help)];
console.log(
  `an empty program ${bare.toFixed(0)} ms, --help ${helped.toFixed(0)} ms: ratio ${(helped / bare).toFixed(2)} (at most 6)`,
);
const small = await plan(largest / 10);
const large = await plan(largest);
const growth = large / small;
console.log(`ten times the roles take ${growth.toFixed(1)} times as long (linear: at most 10)`);
holdBounds(helped / bare <= 6 && growth <= 10);
