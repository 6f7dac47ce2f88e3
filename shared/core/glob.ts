/**
 * `*` and `?` only, case-sensitive. A role named `.` or `..` matches no wildcard, as a path would not; a rule can name it in full. Takes
 * time in proportion to both lengths: libraries make a regular expression of a glob, which several stars slow down without limit.
 */
export const globMatches = (glob: string, text: string): boolean =>
  text === '.' || text === '..' ? glob === text : patternCovers(glob, text);

/** Whether some text matches both globs: how a rule that can never match is found. */
export const globsMeet = (one: string, other: string): boolean => {
  // Positions in the other glob up to which it can match the same text as the first one so far.
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
const afterRuns = (positions: ReadonlySet<number>, glob: string): ReadonlySet<number> => {
  const all = new Set(positions);
  for (const position of all) if (glob[position] === '*') all.add(position + 1);
  return all;
};

const isSame = (one: string, other: string | undefined): boolean =>
  one === other || one === '?' || other === '?';

/** Whether a glob certainly matches everything that another one matches, by `globMatches`. */
export const globCovers = (wide: string, narrow: string): boolean =>
  // `*` matches neither of the names "." and "..", and these globs do.
  /^[.?]{1,2}$/.test(narrow) ? wide === narrow : patternCovers(wide, narrow);

/**
 * Whether a pattern of IAM certainly matches everything that another pattern, or a text, matches. A wildcard of the narrow
 * pattern is matched by one of the wide pattern only, so a few covered patterns, such as `a?*` by `a*?`, are not recognized.
 */
export const patternCovers = (wide: string, narrow: string): boolean => {
  let at = 0;
  let star: { readonly at: number; readonly taken: number } | undefined;
  for (let index = 0; index < narrow.length; ) {
    const [wanted, given] = [wide[at], narrow[index]];
    if (wanted === '*') {
      star = { at, taken: index };
      at += 1;
    } else if (given !== '*' && (wanted === given || wanted === '?')) {
      at += 1;
      index += 1;
    } else if (star === undefined) return false;
    else {
      // The last wildcard takes one character more.
      star = { ...star, taken: star.taken + 1 };
      at = star.at + 1;
      index = star.taken;
    }
  }
  return /^\**$/.test(wide.slice(at));
};
