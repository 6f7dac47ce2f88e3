import { existsSync, readFileSync } from 'node:fs';

const page = readFileSync('docs/security.md', 'utf8');
const named = [...page.matchAll(/`(tests\/[\w/.-]+\.test\.ts): ([^`]+)`/g)].map(
  ([, path = '', title = '']) => [path, title] as const,
);
const headings = (level: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^${level} (.+)$`, 'gm'))].map(([, text = '']) => text);

describe('docs/security.md', () => {
  it.each(named)('%s has a test named “%s”', (path, title) => {
    expect(existsSync(path)).toBe(true);
    // Searches for the spelling in the file, with any quotes: `it('title')` or a row of it.each.
    expect(readFileSync(path, 'utf8').replaceAll("\\'", "'")).toContain(title);
  });

  it('names a test for each threat, and lists each in its table', () => {
    const sections = page.split(/^### /m).slice(1);
    expect(sections.length).toBeGreaterThan(0);
    for (const section of sections) expect(section).toMatch(/`tests\//);
    for (const threat of headings('###')) expect(page).toContain(`| [${threat}](#`);
  });
});
