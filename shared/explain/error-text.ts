import { stripVTControlCharacters } from 'node:util';

// `amp` first, for what was escaped twice.
const entities = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' ' };

const character = (digits: string, base: number): string => {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
};

const withoutEntities = (text: string): string =>
  Object.entries(entities)
    .reduce((left, [name, sign]) => left.replaceAll(new RegExp(`&${name};`, 'gi'), sign), text)
    .replaceAll(/&#(\d{1,7});/g, (_, digits: string) => character(digits, 10))
    .replaceAll(/&#x([\da-f]{1,6});/gi, (_, digits: string) => character(digits, 16));

/**
 * An error as a person would read it out: whatever log, JSON body, HTML page or terminal it was copied from. Colours,
 * escapes and entities are undone, quotes are straight, white space is single spaces.
 */
export const tidy = (text: string): string =>
  withoutEntities(stripVTControlCharacters(text))
    // Not any number of backslashes: a long run of them would cost its square.
    .replaceAll(/\\{1,8}u([\da-f]{4})/gi, (_, digits: string) => character(digits, 16))
    .replaceAll(/\\{1,8}[nrt]/gi, ' ')
    .replaceAll('\\', '')
    .replaceAll(/[‘’‚‛]/g, "'")
    .replaceAll(/[“”„‟]/g, '"')
    .replaceAll(/\s+/g, ' ')
    .trim();

/**
 * What of a text is compared: nothing of it depends on letter case, on where lines were broken (even within a word, as
 * narrow terminals do) or on which quotes and brackets a library put around it.
 */
export const squeeze = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9_./:-]+/g, '');
