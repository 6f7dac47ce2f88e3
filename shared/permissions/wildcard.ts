/** Patterns of IAM, in which `*` is any run of characters and `?` is one. */

/** Whether a pattern matches everything that another pattern, or a text, matches. If it cannot be sure, the answer is no. */
export const includes = (pattern: string, other: string): boolean => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '[^]*')
    // A `*` in the other pattern stands for more than one character.
    .replaceAll('?', '[^*]');
  return new RegExp(`^${source}$`).test(other);
};

/** Whether some text matches both patterns. */
export const overlaps = (one: string, other: string): boolean => {
  // Positions in the other pattern up to which it can match the same text as the first one so far.
  let positions = afterRuns(new Set([0]), other);
  for (const character of one) {
    const next = new Set<number>();
    for (const position of positions) {
      if (character === '*') for (let later = position; later <= other.length; later += 1) next.add(later);
      else if (other[position] === '*') next.add(position);
      else if (position < other.length && isSame(character, other[position])) next.add(position + 1);
    }
    positions = afterRuns(next, other);
  }
  return positions.has(other.length);
};

/** A `*` may match nothing. */
const afterRuns = (positions: ReadonlySet<number>, pattern: string): ReadonlySet<number> => {
  const all = new Set(positions);
  for (const position of all) if (pattern[position] === '*') all.add(position + 1);
  return all;
};

const isSame = (one: string, other: string | undefined): boolean =>
  one === other || one === '?' || other === '?';
