/** Measures the module load of the function's bundle, compared with a handler that imports all of googleapis: medians of one run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { holdBounds, sizeOr } from './input.ts';

const rounds = sizeOr(15);
const folder = mkdtempSync(join(tmpdir(), 'rolebridge-bench-'));
writeFileSync(
  join(folder, 'whole.ts'),
  "import { google } from 'googleapis';\nexport const handler = () => google.iam('v1');\n",
);
const whole = join(folder, 'whole.cjs');
await build({
  entryPoints: [join(folder, 'whole.ts')],
  outfile: whole,
  nodePaths: ['node_modules'],
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  mainFields: ['module', 'main'],
  logLevel: 'error',
});

/** Each load runs in its own process, so only the file itself is cached. */
const loadMilliseconds = (bundle: string): number => {
  const script = `const at = performance.now(); require(${JSON.stringify(bundle)}); console.log(performance.now() - at)`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${bundle} does not load: ${stderr}`);
  return Number(stdout);
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const bundles = {
  'dist/handlers/reconcile.js': join(process.cwd(), 'dist/handlers/reconcile.js'),
  "import { google } from 'googleapis'": whole,
};
const times = new Map<string, number[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [name, path] of Object.entries(bundles))
    times.set(name, [...(times.get(name) ?? []), loadMilliseconds(path)]);
}
const [ours = Number.NaN, theirs = Number.NaN] = [...times.values()].map(median);
for (const [name, values] of times) console.log(`${median(values).toFixed(0).padStart(5)} ms  ${name}`);
console.log(
  `ratio ${(ours / theirs).toFixed(3)} (at most 0.200), median of ${rounds} loads each, Node ${process.version}`,
);
rmSync(folder, { recursive: true });
holdBounds(ours / theirs <= 0.2);
