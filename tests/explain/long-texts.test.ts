import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';

const shorten = (text: string): string => text.slice(0, 60);

describe('explain, with a long text', () => {
  // Each would take minutes if any pattern cost the square of the length.
  const megabyte = (unit: string): string => unit.repeat(Math.ceil(2 ** 20 / unit.length));
  const repeated = [
    '\\',
    '&',
    '&#1',
    ' ',
    '\n',
    '"',
    '\u001B[',
    '\u001B;a',
    'a',
    '0',
    '-',
    '.',
    '@',
    '/',
    'a@a',
    'a.',
    'us-',
    ':role/',
    ':assumed-role/',
    'role a ',
    '/security-credentials/',
    'arn:aws',
    'projects/123456/',
    'projects/a-',
    '/workloadIdentityPools/',
    'in project a',
    'a@gserviceaccount.com ',
    'role/a/a/a/a',
    '"service": "',
    ...new Set(
      knownErrors.flatMap(({ phrases }) =>
        phrases.filter((phrase) => phrase.includes('…')).map((phrase) => phrase.replace(/….*/, '')),
      ),
    ),
  ];
  it.each(repeated.map((unit) => [shorten(JSON.stringify(unit)), unit]))('a megabyte of %s', (_, unit) => {
    expect(Array.isArray(explain(megabyte(unit)))).toBe(true);
  });
});
