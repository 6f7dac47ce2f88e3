import { collectParts, fill, type Parts } from './error-parts.ts';
import { knownErrors } from './known-errors/catalog.ts';
import type { KnownError, Link } from './known-errors/known-error.ts';
import { match } from './match.ts';
import { readRecords } from './records.ts';

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

/** Reads a text in chunks of any size, in bounded memory. */
export interface Explainer {
  readonly add: (chunk: string) => void;
  readonly end: () => readonly Explanation[];
}

/**
 * The known errors in a text, which may be a whole log: in the order of the chain, so that the first one is where to begin.
 * Empty for an unknown text.
 */
export const explain = (text: string): readonly Explanation[] => {
  const explainer = createExplainer();
  explainer.add(text);
  return explainer.end();
};

/** `explain`, for a text that comes in chunks. */
export const createExplainer = (): Explainer => {
  const all = collectParts();
  // The parts that the records of each error name: those of its first record, and more if later ones agree.
  const found = new Map<KnownError, ReturnType<typeof collectParts>>();
  const reader = readRecords((record) => {
    all.add(record);
    for (const error of match(record)) {
      const own = found.get(error) ?? collectParts();
      own.add(record);
      found.set(error, own);
    }
  });
  return {
    add: reader.add,
    end: () => {
      reader.end();
      return knownErrors.flatMap((error) => {
        const own = found.get(error);
        return own === undefined ? [] : [explanationOf(error, own.parts(all.parts()))];
      });
    },
  };
};

const explanationOf = ({ id, link, cause, next, source }: KnownError, parts: Parts): Explanation => ({
  id,
  link,
  cause,
  next: next.map((step) => fill(step, parts)),
  source,
});
