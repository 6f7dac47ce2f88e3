import { readdirSync, readFileSync } from 'node:fs';
import { errorsPage } from '../../scripts/errors-page.ts';
import { squeeze } from '../../shared/explain/error-text.ts';
import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';

describe('docs/errors.md', () => {
  it('matches the data; `node scripts/errors-doc.ts` writes it', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage());
  });
});

// We know our own error texts for as long as we use them.
describe('known errors with our own words', () => {
  it.each(knownErrors)(
    '$id: comes from a page, or from a file of ours that still has the text',
    ({ source, phrases }) => {
      if (source.startsWith('https://')) return;
      const file = squeeze(readFileSync(source, 'utf8'));
      const gone = phrases.filter((phrase) => {
        const own = squeeze(phrase.replace(/^rolebridge: /, ''));
        return !phrase.includes('…') && !file.includes(own);
      });
      expect(gone).toEqual([]);
    },
  );

  const sources = readdirSync('shared', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('known-errors'))
    .map((name) => squeeze(readFileSync(`shared/${name}`, 'utf8')));
  it.each([
    "Its owner opts it in by granting rolebridge's editor role",
    "holds Google's limit of",
    'times while it was edited',
    'Create it, or correct the tag',
    'of roles. sweep.maxRevocations is',
  ])('among other words: %s', (words) => {
    expect(sources.some((text) => text.includes(squeeze(words)))).toBe(true);
    expect(knownErrors.some(({ phrases }) => phrases.includes(words))).toBe(true);
  });
});

describe('boot/fetch', () => {
  const failLines = [...readFileSync('boot/fetch', 'utf8').matchAll(/fail \d "([^"]+)"/g)].map(
    ([, line = '']) => line.replaceAll(/\$(\{[^}]*\}|\w+)/g, 'x'),
  );

  it.each(failLines)('is understood: %s', (line) => {
    expect(explain(`rolebridge: ${line}`)).toHaveLength(1);
  });
});
