import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** In the copy of the repository that Stryker makes for a run, in which all its workers run. */
const file = 'reports/mutation/suites.json';

/** How far a suite reaches: the files that it loads, by the number of imports between them, and the mutants that it runs. */
interface Reach {
  readonly suite: string;
  readonly distances: Readonly<Record<string, number>>;
  readonly mutants: readonly string[];
}

const imports = new Map<string, Set<string>>();

/** Remembers which module imports which. */
export const noteImport = (importer: string, imported: string): void => {
  imports.set(importer, (imports.get(importer) ?? new Set()).add(imported));
};

/** Writes it for the other workers. */
export const writeReach = (suites: readonly Omit<Reach, 'distances'>[]): void => {
  mkdirSync(dirname(file), { recursive: true });
  const all = suites.map((one): Reach => ({ ...one, distances: distancesFrom(resolve(one.suite)) }));
  writeFileSync(file, JSON.stringify(all));
};

/**
 * The suites that a static mutant of a file can fail. Mutants are numbered as they stand in the file, so the suites come first that run
 * a mutant beside it, such as one in the body of the function.
 */
export const suitesThatLoad = (path: string, mutant: string): readonly string[] => {
  const gaps = new Map(
    readReach()
      .filter(({ distances }) => path in distances)
      .map(({ suite, mutants }) => [suite, gapTo(mutant, mutants)]),
  );
  return nearestFirst(path, [...gaps.keys()]).toSorted((a, b) => (gaps.get(a) ?? 0) - (gaps.get(b) ?? 0));
};

/** The suite that has the name of the file, and then those that import it soonest, are most likely about it. */
export const nearestFirst = (path: string, suites: readonly string[]): readonly string[] => {
  const distances = new Map(readReach().map((one) => [one.suite, one.distances[path] ?? farthest]));
  const distanceOf = (suite: string): number =>
    basename(suite, '.test.ts') === basename(path, '.ts') ? 0 : (distances.get(suite) ?? farthest);
  return suites.toSorted((a, b) => distanceOf(a) - distanceOf(b));
};

let known: readonly Reach[] | undefined;
const readReach = (): readonly Reach[] => (known ??= JSON.parse(readFileSync(file, 'utf8')) as Reach[]);

const farthest = 1000;
/** Beyond some, it says nothing. */
const widestGap = 8;

const gapTo = (mutant: string, others: readonly string[]): number =>
  others.reduce((gap, other) => Math.min(gap, Math.abs(Number(other) - Number(mutant))), widestGap);

const distancesFrom = (path: string): Readonly<Record<string, number>> => {
  const distances = new Map([[path, 0]]);
  // The loop also visits what is added to the map during it.
  for (const [importer, distance] of distances)
    for (const imported of imports.get(importer) ?? [])
      if (!distances.has(imported)) distances.set(imported, distance + 1);
  return Object.fromEntries(distances);
};
