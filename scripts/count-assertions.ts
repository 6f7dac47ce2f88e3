import { execFileSync } from 'node:child_process';
import { argv } from 'node:process';

/** Assertions per test file. */
export type Counts = ReadonlyMap<string, number>;

export const differences = (before: Counts, after: Counts) =>
  [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .map((file) => ({ file, before: before.get(file) ?? 0, after: after.get(file) ?? 0 }))
    .filter((row) => row.before !== row.after)
    .toSorted((a, b) => a.after - a.before - (b.after - b.before));

/** Prints each file whose number of assertions differs between two revisions, largest loss first, and the sums. */
const printDifferences = (before: string, after: string): void => {
  const renamed = renamesBetween(before, after);
  const old = new Map([...countAt(before)].map(([file, count]) => [renamed.get(file) ?? file, count]));
  const now = countAt(after);
  for (const row of differences(old, now)) console.log(lineOf(row.before, row.after, row.file));
  console.log(lineOf(sumOf(old), sumOf(now), `in ${old.size} and ${now.size} files`));
};

/** Counts in the text: an assertion in a loop, a property or a table of cases counts once. */
export const assertionsIn = (source: string): number => {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?<![\w.])(?:expect(?:[A-Z]\w*)?|check[A-Z]\w*)\(|\bfc\.assert\(/g)].length;
};

/** Old path to new path, of files that are mostly the same. */
const renamesBetween = (before: string, after: string): ReadonlyMap<string, string> =>
  new Map(
    git(['diff', '--name-status', '--find-renames=50%', '--diff-filter=R', '-l0', before, after])
      .toString()
      .split('\n')
      .flatMap((line) => {
        const [, old, now] = line.split('\t');
        return old === undefined || now === undefined ? [] : [[old, now] as const];
      }),
  );

const countAt = (revision: string): Counts => {
  const paths = git(['ls-tree', '-r', '--name-only', revision])
    .toString()
    .split('\n')
    .filter((path) => /^(tests|local\/testing)\/.*\.ts$|\.test\.ts$/.test(path));
  const counts = new Map<string, number>();
  // Each file follows a line with its size in bytes, and ends with a line break.
  let rest = git(['cat-file', '--batch'], paths.map((path) => `${revision}:${path}\n`).join(''));
  for (const path of paths) {
    const start = rest.indexOf('\n') + 1;
    const size = Number(rest.subarray(0, start).toString().trim().split(' ').at(-1));
    const count = assertionsIn(rest.subarray(start, start + size).toString());
    if (count > 0 || path.endsWith('.test.ts')) counts.set(path, count);
    rest = rest.subarray(start + size + 1);
  }
  return counts;
};

const git = (args: readonly string[], input = ''): Buffer =>
  execFileSync('git', args, { input, maxBuffer: 2 ** 28 });

const sumOf = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

const lineOf = (before: number, after: number, what: string): string => {
  const change = after > before ? `+${after - before}` : String(after - before);
  return `${[String(before), String(after), change].map((text) => text.padStart(6)).join('')}  ${what}`;
};

if (import.meta.main) {
  const [, , before, after = 'HEAD'] = argv;
  if (before === undefined) throw new Error('usage: node scripts/count-assertions.ts BEFORE [AFTER]');
  printDifferences(before, after);
}
