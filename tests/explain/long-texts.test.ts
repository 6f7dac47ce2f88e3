import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';

const shorten = (text: string): string => text.slice(0, 60);

describe('explain, with a long text', () => {
  // Eight times as long as the longest record. All together would take many minutes if any pattern cost the square of the length.
  const long = (unit: string): string => unit.repeat(Math.ceil(2 ** 18 / unit.length));
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
  it.each(repeated.map((unit) => [shorten(JSON.stringify(unit)), unit]))('256 KB of %s', (_, unit) => {
    expect(Array.isArray(explain(long(unit)))).toBe(true);
  });
});
