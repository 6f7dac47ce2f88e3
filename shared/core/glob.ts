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
