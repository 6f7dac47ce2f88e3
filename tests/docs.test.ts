import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { githubAnchor } from '../site/github-anchor.ts';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (path: string): string => readFileSync(path, 'utf8');

const anchorsOf = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => githubAnchor(heading));

const brokenLinks = (path: string): readonly string[] =>
  [...textOf(path).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const place = file === '' ? path : normalize(join(dirname(path), file));
    const isThere = existsSync(place) && (anchor === undefined || anchorsOf(place).includes(anchor));
    return isThere ? [] : [target];
  });

describe('the documentation', () => {
  it.each(documents)('the links of %s have targets', (path) => {
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
    const decisions = readdirSync('docs/adr').filter((name) => name !== 'README.md');
    const numbers = decisions.map((name) => Number(name.slice(0, 4)));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
    for (const name of decisions)
      expect(textOf(join('docs/adr', name))).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
  });

  it('lists every decision with its title, in order', () => {
    const lines = readdirSync('docs/adr')
      .filter((name) => name !== 'README.md')
      .toSorted()
      .map((name) => {
        const [, title] = /^# \d+\. (.+)$/m.exec(textOf(join('docs/adr', name))) ?? [];
        return `- [${name.slice(0, 4)}: ${title}](${name})`;
      });
    expect(textOf('docs/adr/README.md').match(/^- .+$/gm)).toEqual(lines);
  });

  it('describes each diagram in words, for readers who do not see it', () => {
    const diagrams = documents.flatMap((path) => textOf(path).match(/^```mermaid\n[^`]+/gm) ?? []);
    expect(diagrams.length).toBeGreaterThan(0);
    const described = /^```mermaid\n.+\n +accTitle: .+\n +accDescr: .+\n/;
    expect(diagrams.filter((diagram) => !described.test(diagram))).toEqual([]);
  });

  it("draws doctor's chain with the names of its checks", () => {
    const text = textOf('docs/doctor.md');
    const [, diagram = ''] = /^```mermaid\n([^`]+)/m.exec(text) ?? [];
    const drawn = [...diagram.matchAll(/\["[^"<]+<br\/>([^"]+)"\]/g)].flatMap(([, names = '']) =>
      names.replaceAll('<br/>', '').split(/, ?/),
    );
    expect(drawn.length).toBeGreaterThan(20);
    expect(drawn.filter((name) => !/^[a-z-]+$/.test(name) || !text.includes(`\n| \`${name}\` `))).toEqual(
      // It is described below the tables.
      ['exchange'],
    );
  });

  it('lists every setting', () => {
    const schema = JSON.parse(textOf('rolebridge.schema.json')) as { properties: Record<string, unknown> };
    const page = textOf('docs/configuration.md');
    expect(Object.keys(schema.properties).filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });
});
