import { asciiLower } from './ascii.ts';

/** The names that someone who typed `name` may have meant, the nearest first. Casing does not count. */
export const similarNames = (name: string, names: readonly string[]): readonly string[] => {
  const typed = asciiLower(name);
  // Short names are all within a few letters of each other.
  const maxDistance = Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  return [...new Set(names)]
    .toSorted()
    .map((known) => ({ known, distance: distanceOf(typed, asciiLower(known), maxDistance) }))
    .filter(({ distance }) => distance <= maxDistance)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, maxNames)
    .map(({ known }) => known);
};

const maxNames = 3;

/** Zero for a name that begins or ends with what was typed, else the number of edits between them, if that can be at most `most`. */
const distanceOf = (typed: string, known: string, most: number): number => {
  if (typed.length >= minPart && (known.startsWith(typed) || known.endsWith(typed))) return 0;
  // Each edit changes the length by at most one. Comparing thousands of names letter by letter takes seconds.
  const difference = Math.abs(typed.length - known.length);
  return difference > most ? difference : editDistance(typed, known);
};

const minPart = 3;

/** Letters to add, remove, replace, or swap with their neighbor. */
export const editDistance = (a: string, b: string): number => {
  const known = new Map<number, number>();
  /** The distance between the first `lengthA` letters of a and the first `lengthB` of b. */
  const distance = (lengthA: number, lengthB: number): number => {
    if (lengthA === 0 || lengthB === 0) return lengthA + lengthB;
    const key = lengthA * (b.length + 1) + lengthB;
    const found = known.get(key) ?? leastOf(lengthA, lengthB);
    known.set(key, found);
    return found;
  };
  const leastOf = (lengthA: number, lengthB: number): number => {
    const [lastA, lastB] = [a[lengthA - 1], b[lengthB - 1]];
    const isSwapped = lengthA > 1 && lengthB > 1 && lastA === b[lengthB - 2] && a[lengthA - 2] === lastB;
    return Math.min(
      distance(lengthA - 1, lengthB) + 1,
      distance(lengthA, lengthB - 1) + 1,
      distance(lengthA - 1, lengthB - 1) + (lastA === lastB ? 0 : 1),
      ...(isSwapped ? [distance(lengthA - 2, lengthB - 2) + 1] : []),
    );
  };
  return distance(a.length, b.length);
};
