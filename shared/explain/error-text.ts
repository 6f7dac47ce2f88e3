import { stripVTControlCharacters } from 'node:util';

// `amp` first, for what was escaped twice.
const entities = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' ' };

/**
 * A text as its author meant it, from any log, JSON body, HTML page or terminal that it was copied from. Colors, escapes and
 * entities are undone, and quotes are straight. An escaped line break becomes a line break.
 */
export const decode = (text: string): string =>
  withoutEntities(stripVTControlCharacters(text))
    // Not any number of backslashes: a long run of them would cost its square.
    .replaceAll(/\\{1,8}u([\da-f]{4})/gi, (_, digits: string) => character(digits, 16))
    .replaceAll(/\\{1,8}n/g, '\n')
    .replaceAll(/\\{1,8}[rt]/g, ' ')
    .replaceAll('\\', '')
    .replaceAll(/[‘’‚‛]/g, "'")
    .replaceAll(/[“”„‟]/g, '"');

/**
 * The form of a text that is compared. It does not depend on letter case, on line breaks (even within a word, as narrow
 * terminals make them) or on the quotes and brackets that a library adds.
 */
export const squeeze = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9_./:-]+/g, '');

const withoutEntities = (text: string): string =>
  text.includes('&')
    ? Object.entries(entities)
        .reduce((left, [name, sign]) => left.replaceAll(new RegExp(`&${name};`, 'gi'), sign), text)
        .replaceAll(/&#(\d{1,7});/g, (_, digits: string) => character(digits, 10))
        .replaceAll(/&#x([\da-f]{1,6});/gi, (_, digits: string) => character(digits, 16))
    : text;

const character = (digits: string, base: number): string => {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
};
