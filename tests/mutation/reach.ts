import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** In the copy of the repository that Stryker makes for a run, in which all its workers run. */
const file = 'reports/mutation/suites.json';

const imports = new Map<string, Set<string>>();

/** Remembers which module imports which. */
export const noteImport = (importer: string, imported: string): void => {
  imports.set(importer, (imports.get(importer) ?? new Set()).add(imported));
};

/** Writes, for the other workers, how far from each of these suites the files are that it loads. */
export const writeReach = (suites: readonly string[]): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(suites.map((suite) => [suite, distancesFrom(resolve(suite))])));
};

/** The suites that load a file, the nearest first. */
export const suitesThatLoad = (path: string): readonly string[] => {
  const all: [suite: string, distances: Record<string, number>][] = JSON.parse(readFileSync(file, 'utf8'));
  return all
    .flatMap(([suite, { [path]: distance }]) => (distance === undefined ? [] : [{ suite, distance }]))
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ suite }) => suite);
};

const distancesFrom = (path: string): Readonly<Record<string, number>> => {
  const distances = new Map([[path, 0]]);
  // A map also hands out what is added meanwhile.
  for (const [importer, distance] of distances)
    for (const imported of imports.get(importer) ?? [])
      if (!distances.has(imported)) distances.set(imported, distance + 1);
  return Object.fromEntries(distances);
};
