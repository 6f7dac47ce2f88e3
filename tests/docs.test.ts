import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (path: string): string => readFileSync(path, 'utf8');

/** As GitHub makes an anchor of a heading. */
const anchorsOf = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const brokenLinks = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const place = file === '' ? path : normalize(join(dirname(path), file));
    const isThere = existsSync(place) && (anchor === undefined || anchorsOf(place).includes(anchor));
    return isThere ? [] : [target];
  });

describe('the documentation', () => {
  it.each(documents)('%s links to what is there', (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });

  it('names the program in the form that works from the checkout', () => {
    const readers = documents.filter((path) => !/^docs\/adr\/|^CHANGELOG/.test(path));
    // The guide to the package installs it before it names npx.
    const [beforePackage = '', ...rest] = textOf('docs/deploy.md').split('\n## 1. Configure\n');
    const lines = [
      ...readers.filter((path) => path !== 'docs/deploy.md').map(textOf),
      beforePackage.split('npm install --save-dev ')[0] ?? '',
      ...rest,
    ].flatMap((text) => text.split('\n'));
    // npx would ask the public registry for a name that is not ours.
    expect(lines.filter((line) => /npx rolebridge|^\$ rolebridge/.test(line))).toEqual([
      expect.stringContaining('Do not use `npx rolebridge`'),
    ]);
  });

  it('numbers its decisions, each once and without a gap', () => {
    const numbers = readdirSync('docs/adr').map((name) => Number(name.slice(0, 4)));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
    for (const name of readdirSync('docs/adr'))
      expect(textOf(join('docs/adr', name))).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
  });

  it('lists every setting', () => {
    const schema = JSON.parse(textOf('rolebridge.schema.json')) as { properties: Record<string, unknown> };
    const told = textOf('docs/configuration.md');
    expect(Object.keys(schema.properties).filter((name) => !told.includes(`\`${name}`))).toEqual([]);
  });
});
