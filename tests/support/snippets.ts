import { readFileSync } from 'node:fs';

export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** Marked as such on the line above it: `<!-- not run: why -->`. */
  readonly notRun?: string;
}

/** The programs of a page, in order. */
export const snippetsOf = (path: string): readonly Snippet[] =>
  [...readFileSync(path, 'utf8').matchAll(/(?:<!-- not run: ([^>]*) -->\n\n)?```(\w+)\n(.*?)^```$/gms)].map(
    ([, notRun, language = '', text = '']) => ({
      language,
      text,
      ...(notRun === undefined ? {} : { notRun }),
    }),
  );

/** The first program of a page in a language. */
export const programOf = (path: string, language: string): string => {
  const found = snippetsOf(path).find((one) => one.language === language && one.notRun === undefined);
  if (found === undefined) throw new Error(`${path} has no program in ${language}`);
  return found.text;
};
