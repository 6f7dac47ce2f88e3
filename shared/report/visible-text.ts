/**
 * A text from a tag or a log, as a page may show it. Characters that no one would see, or that change the order of others, are
 * written out: `U+202E`. Line breaks and other white space become spaces.
 */
export const visibleText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{C}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `[U+${code.padStart(4, '0')}]`;
    });

/** The parts of a name that a narrow column may break it into: after `/`, `@` and `.`, and not inside words. `com` stays with its name. */
export const breakableParts = (text: string): readonly string[] => text.split(/(?<=[/@.])(?=\w)(?!com\b)/);
