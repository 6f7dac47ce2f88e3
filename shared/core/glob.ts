import picomatch from 'picomatch';

/**
 * `*` and `?` only, case-sensitive. The characters that mean more to picomatch are escaped or kept out
 * by the schema. A role named `.` or `..` matches no wildcard, as a path would not; a rule can name it in full.
 */
export const globMatches = (glob: string, text: string): boolean =>
  picomatch.isMatch(text, glob.replaceAll(/\*+/g, '*').replaceAll(/[+@=,]/g, String.raw`\$&`), {
    // Its shortcuts let `*.*` miss "a.", and after `***` it takes a dot for any character.
    fastpaths: false,
    dot: true,
    noextglob: true,
    nobrace: true,
    nonegate: true,
  });

/** Whether some text matches both globs: how a rule that can never match is found. */
export const globsMeet = (a: string, b: string): boolean => {
  if (a === '' || b === '') return /^\**$/.test(a + b);
  if (a.startsWith('*')) return globsMeet(a.slice(1), b) || globsMeet(a, b.slice(1));
  if (b.startsWith('*')) return globsMeet(b, a);
  return (a[0] === b[0] || a[0] === '?' || b[0] === '?') && globsMeet(a.slice(1), b.slice(1));
};

/**
 * Whether a glob certainly matches everything that another one matches. A wildcard of the narrow glob is matched by one of the
 * wide glob only, so a few covered globs, such as `a?*` by `a*?`, are not recognized.
 */
export const globCovers = (wide: string, narrow: string): boolean => {
  // `*` matches neither of the names "." and "..", and these globs do.
  if (/^[.?]{1,2}$/.test(narrow)) return wide === narrow;
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
