import { fill, partsOf } from './error-parts.ts';
import { squeeze, tidy } from './error-text.ts';
import { knownErrors } from './known-errors/catalog.ts';
import type { Link } from './known-errors/known-error.ts';

/** The cause of an error, and what to do about it. */
export interface Explanation {
  readonly id: string;
  /** Which link of the chain is broken; `links` describes it. */
  readonly link: Link;
  readonly cause: string;
  /** Steps, in order: a command alone, or a sentence. What the text does not name stays a word in capitals. */
  readonly next: readonly string[];
  readonly source: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** How many characters, of those that are compared, a `…` may stand for. */
const maxGap = 200;

interface Phrase {
  readonly first: string;
  readonly rest: readonly string[];
}

const phraseOf = (text: string): Phrase => ({
  first: squeeze(text.replace(/….*/, '')),
  rest: text.split('…').slice(1).map(squeeze),
});

const entries = knownErrors.map((error) => ({ error, phrases: error.phrases.map(phraseOf) }));

/**
 * The known errors in a text, which may be a whole log: in the order of the chain, so that the first one is where to begin.
 * A phrase inside the phrase of another error does not count. Empty for an unknown text.
 */
export const explain = (text: string): readonly Explanation[] => {
  const readable = tidy(text);
  const compared = squeeze(readable);
  const found = entries.flatMap(({ error, phrases }) => {
    const [span] = phrases
      .flatMap((phrase) => find(compared, phrase) ?? [])
      .toSorted((a, b) => length(b) - length(a));
    return span === undefined ? [] : [{ error, span }];
  });
  const parts = partsOf(readable);
  return found
    .filter(({ span }) => !found.some((other) => isWithin(span, other.span)))
    .map(({ error: { id, link, cause, next, source } }) => ({
      id,
      link,
      cause,
      next: next.map((step) => fill(step, parts)),
      source,
    }));
};

/** Checks each place of the first piece, and from there a bounded stretch, so the cost grows only with the length. */
const find = (text: string, { first, rest }: Phrase): Span | undefined => {
  for (let start = text.indexOf(first); start !== -1; start = text.indexOf(first, start + 1)) {
    const end = endOf(text, start + first.length, rest);
    if (end !== undefined) return { start, end };
  }
  return undefined;
};

/** The end of the phrase whose first piece ends at `start`; undefined where another piece is missing. */
const endOf = (text: string, start: number, rest: Phrase['rest']): number | undefined => {
  let end = start;
  for (const piece of rest) {
    const at = text.slice(end, end + maxGap + piece.length).indexOf(piece);
    if (at === -1) return undefined;
    end += at + piece.length;
  }
  return end;
};

const length = ({ start, end }: Span): number => end - start;

const isWithin = (inner: Span, outer: Span): boolean =>
  outer.start <= inner.start && inner.end <= outer.end && length(inner) < length(outer);
