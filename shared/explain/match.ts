import { squeeze } from './error-text.ts';
import { knownErrors } from './known-errors/catalog.ts';
import type { Evidence, KnownError } from './known-errors/known-error.ts';

/** How many characters, of those that are compared, a `…` may stand for. */
const maxGap = 200;
/** How far the words or the status may be from the host that they are about. */
const maxDistance = 300;

/**
 * The known errors in one record of a log. A match inside a longer match of another error does not count, and neither does
 * one that overlaps a text of rolebridge. If rolebridge itself speaks, numbers and words near a host are no evidence.
 */
export const match = (record: string): readonly KnownError[] => {
  const text = textOf(record);
  const found = entries.flatMap(({ error, phrases, unless, evidence }) => {
    if (unless.some((phrase) => findPhrase(text, phrase) !== undefined)) return [];
    const byPhrase = longest(
      phrases.flatMap((phrase) => {
        const span = findPhrase(text, phrase);
        return span === undefined ? [] : [{ error, span, isPhrase: true, isOwn: phrase.isOwn }];
      }),
    );
    if (byPhrase !== undefined) return [byPhrase];
    const byEvidence = longest(
      evidence.flatMap((one) => {
        const span = findEvidence(text, one);
        return span === undefined ? [] : [{ error, span, isPhrase: false, isOwn: false }];
      }),
    );
    return byEvidence === undefined ? [] : [byEvidence];
  });
  const own = found.filter(({ isOwn }) => isOwn);
  return found
    .filter(({ span }) => !found.some((other) => isWithin(span, other.span)))
    .filter(
      ({ span, isPhrase, isOwn }) =>
        isOwn || (!own.some((ours) => overlap(span, ours.span)) && (isPhrase || own.length === 0)),
    )
    .map(({ error }) => error);
};

/** A part of a lower-case text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Text {
  readonly lower: string;
  readonly squeezed: string;
  /** The place in `lower` of each character of `squeezed`. */
  readonly places: () => readonly number[];
}

interface Phrase {
  readonly pieces: readonly string[];
  /** It ended in `*`: the last word may continue. */
  readonly isPrefix: boolean;
  /** It is a text of rolebridge. */
  readonly isOwn: boolean;
}

interface Near {
  readonly host: RegExp;
  readonly name: string;
  readonly clue: RegExp;
}

const textOf = (record: string): Text => {
  const lower = record.toLowerCase();
  let places: readonly number[] | undefined;
  return {
    lower,
    squeezed: squeeze(lower),
    places: () => (places ??= [...lower.matchAll(/[a-z0-9_./:-]/g)].map(({ index }) => index)),
  };
};

const phraseOf = (text: string, source: string): Phrase => ({
  pieces: text.split('…').map(squeeze),
  isPrefix: text.endsWith('*'),
  isOwn: text.startsWith('rolebridge: ') || !source.startsWith('https://'),
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const statusWords = String.raw`\bhttp(?:\/\d(?:\.\d)?)?|\bstatus(?:[ _-]?code)?|\bcode|\berror|\bresponse|\breturn(?:s|ed)?|\banswer(?:s|ed)?`;
const statusNames: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  404: 'not found',
  429: 'too many requests',
};

/** A status counts only as a whole number, next to a word that says that it is one. */
const clueOf = (evidence: Evidence): RegExp => {
  if ('words' in evidence)
    return new RegExp(String.raw`(?<![\w-])${escaped(evidence.words.toLowerCase())}(?!\w)`, 'g');
  const { status } = evidence;
  const named = statusNames[status] ?? 'status';
  return new RegExp(
    String.raw`(?:${statusWords})["']?\s{0,2}[:=(]?\s{0,2}["']?${status}(?![\d]|[.,:]\d)|(?<![\d.,:/-])${status}\s{0,2}[-:]?\s{0,2}${named}\b`,
    'g',
  );
};

/** A port may stand behind the host, or in a field of its own (`host='127.0.0.1', port=80`, `"address":"…","port":80`). */
const nearOf = (evidence: Evidence): Near => {
  const [, name = evidence.host, port] = /^(.*?)(?::(\d+))?$/.exec(evidence.host) ?? [];
  const behind =
    port === undefined ? '' : String.raw`(?::|["']?,\s{0,4}["']?port["']?\s?[=:]\s?)${port}(?!\d)`;
  return {
    name,
    host: new RegExp(String.raw`(?<![\w.-])${escaped(name)}${behind}(?![\w-]|\.\w)`, 'g'),
    clue: clueOf(evidence),
  };
};

const entries = knownErrors.map((error) => ({
  error,
  phrases: error.phrases.map((phrase) => phraseOf(phrase, error.source)),
  unless: (error.unless ?? []).map((phrase) => phraseOf(phrase, error.source)),
  evidence: (error.evidence ?? []).map(nearOf),
}));

/** Checks each place of the first piece, and from there a bounded stretch, so the cost grows only with the length. */
const findPhrase = (text: Text, phrase: Phrase): Span | undefined => {
  const [first = '', ...rest] = phrase.pieces;
  const { squeezed } = text;
  for (let start = squeezed.indexOf(first); start !== -1; start = squeezed.indexOf(first, start + 1)) {
    const span = spanFrom(text, phrase, start, start + first.length, rest);
    if (span !== undefined) return span;
  }
  return undefined;
};

const spanFrom = (
  text: Text,
  { isPrefix }: Phrase,
  start: number,
  firstEnd: number,
  rest: Phrase['pieces'],
): Span | undefined => {
  const { squeezed, lower, places } = text;
  const gaps: (readonly [number, number])[] = [];
  let end = firstEnd;
  for (const piece of rest) {
    const at = squeezed.slice(end, end + maxGap + piece.length).indexOf(piece);
    if (at === -1) return undefined;
    gaps.push([end, end + at]);
    end += at + piece.length;
  }
  const place = places();
  const span = { start: place[start] ?? 0, end: (place[end - 1] ?? 0) + 1 };
  if (isInsideWord(lower, span.start) || (!isPrefix && isInsideWord(lower, span.end))) return undefined;
  const isOfOneLine = gaps.every(([from, to]) => {
    const gap = lower.slice((place[from - 1] ?? 0) + 1, place[to]);
    return !gap.includes('\n') && hostsIn(gap).size <= 1;
  });
  return isOfOneLine ? span : undefined;
};

/** Whether a place has a letter, a digit or a `_` on both sides. */
const isInsideWord = (lower: string, place: number): boolean =>
  /\w/.test(lower.charAt(place - 1)) && /\w/.test(lower.charAt(place));

const findEvidence = ({ lower }: Text, { host, name, clue }: Near): Span | undefined => {
  if (!lower.includes(name)) return undefined;
  const hosts = [...lower.matchAll(host)].map(spanOf);
  if (hosts.length === 0) return undefined;
  for (const found of lower.matchAll(clue)) {
    const at = spanOf(found);
    const before = hosts.findLast(({ end }) => end <= at.start);
    const after = hosts.find(({ start }) => start >= at.end);
    for (const near of [before, after]) {
      if (near === undefined) continue;
      const between =
        near.end <= at.start ? lower.slice(near.end, at.start) : lower.slice(at.end, near.start);
      if (between.length > maxDistance || between.includes('\n')) continue;
      if ([...hostsIn(between)].some((other) => other !== name)) continue;
      return { start: Math.min(near.start, at.start), end: Math.max(near.end, at.end) };
    }
  }
  return undefined;
};

const spanOf = (found: RegExpExecArray): Span => ({ start: found.index, end: found.index + found[0].length });

const hostName =
  /(?<![\w.@-])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|dev|cloud|internal|local|lan|svc|test|eu|de|uk|fr|jp|us)|localhost|(?!(?:port|code|status|line|errno|error)\b)[a-z][a-z0-9-]{0,62}(?=:\d{2,5}\b))(?![\w.-]*@|[\w-])/g;

/** The hosts that a text names. An e-mail address names none, and neither does the name of a type. */
const hostsIn = (lower: string): ReadonlySet<string> =>
  new Set(
    [...lower.matchAll(hostName)].map(([host]) => host).filter((host) => host !== 'type.googleapis.com'),
  );

const length = ({ start, end }: Span): number => end - start;

const longest = <T extends { readonly span: Span }>(found: readonly T[]): T | undefined =>
  found.toSorted((a, b) => length(b.span) - length(a.span)).at(0);

const isWithin = (inner: Span, outer: Span): boolean =>
  outer.start <= inner.start && inner.end <= outer.end && length(inner) < length(outer);

const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
