import { strict as assert } from 'node:assert';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { editUrl, filesOf, repository } from '../repository.ts';
import { builtPages, dist } from './built-site.ts';

const checkout = join(import.meta.dirname, '../..');
const pages = builtPages();
/** How addresses of the checkout's own files begin. */
const ofCheckout = [`${filesOf('main')}/`, editUrl.replace('docs/:path', '')];

/** Addresses of one attribute, as the browser reads them. */
const valuesOf = (html: string, attribute: string): readonly string[] =>
  [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&'),
  );

const hasAnchor = (path: string, anchor: string): boolean =>
  anchor === '' || valuesOf(pages.get(path) ?? '', 'id').includes(decodeURIComponent(anchor));

const isThere = (page: string, link: string): boolean => {
  const [path = '', anchor = ''] = link.split('#');
  const prefix = ofCheckout.find((address) => path.startsWith(address));
  if (prefix !== undefined) return existsSync(join(checkout, path.slice(prefix.length)));
  if (/^[a-z]+:/.test(link)) return true;
  const target = posix.join('/', path === '' ? page : posix.resolve('/', posix.dirname(page), path)).slice(1);
  const file = path.endsWith('/') ? posix.join(target, 'index.html') : target;
  return existsSync(join(dist, file)) && hasAnchor(file, anchor);
};

test('every page of docs/ is on the site', () => {
  const sources = globSync('**/*.md', { cwd: join(checkout, 'docs') });
  const missing = sources.filter(
    (source) => !pages.has(source.replace(/README\.md$/, 'index.md').replace(/md$/, 'html')),
  );
  assert.ok(sources.length > 40);
  assert.deepEqual(missing, []);
});

test('every link leads to a page, a heading or a file of the repository that exists', () => {
  const broken = [...pages].flatMap(([page, html]) =>
    [...valuesOf(html, 'href'), ...valuesOf(html, 'src')]
      .filter((link) => !isThere(page, link))
      .map((link) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('the sidebar leads from the home page to every other page', () => {
  const linked = new Set(
    [...(pages.get('index.html') ?? '').matchAll(/ href="\/([^"#]*)"/g)].map(([, path = '']) =>
      path === '' || path.endsWith('/') ? `${path}index.html` : path,
    ),
  );
  const hidden = [...pages.keys()].filter((page) => page !== '404.html' && !linked.has(page));
  assert.deepEqual(hidden, []);
});

test('the top leads to the pages that people look for, and to the repository', () => {
  const [nav = ''] = /<header class="VPNav".*?<\/header>/s.exec(pages.get('index.html') ?? '') ?? [];
  const links = valuesOf(nav, 'href');
  for (const link of ['/report.html', '/security.html', '/commands.html', repository])
    assert.ok(links.includes(link), `${link} is not among ${links.join(', ')}`);
});

test('the page for a wrong address is in our words', () => {
  const page = pages.get('404.html') ?? '';
  assert.match(page, /There is no such page/);
  assert.doesNotMatch(page, /Take me home|change your direction/);
});

test('a reader needs no other host: no script, style, font or image comes from one', () => {
  const foreign = [...pages].flatMap(([page, html]) => [
    ...valuesOf(html, 'src').filter((address) => /^(https?:)?\/\//.test(address)),
    ...[...html.matchAll(/<link [^>]*href="(https?:)?\/\/[^>]*>/g)].map(([tag]) => `${page}: ${tag}`),
    ...[...html.matchAll(/@import|url\(['"]?https?:/g)].map(([text]) => `${page}: ${text}`),
  ]);
  const styles = globSync(join(dist, 'assets/*.css')).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/@import|url\(['"]?(https?:)?\/\//g)].map(
      ([text]) => `${path}: ${text}`,
    ),
  );
  assert.deepEqual([...foreign, ...styles], []);
});

test('a block of code scrolls on a narrow screen, also if its source is indented instead of fenced', () => {
  const wide = [...pages].filter(([, html]) => html.includes('<pre><code>')).map(([page]) => page);
  assert.deepEqual(wide, []);
});

test('the theme defines each color of the diagrams', () => {
  const used = [...pages.values()].flatMap((html) => html.match(/var\(--[\w-]+\)/g) ?? []);
  const styles = globSync(join(dist, 'assets/style.*.css')).map((path) => readFileSync(path, 'utf8'));
  const unknown = [...new Set(used)].filter(
    (variable) => !styles.join('').includes(`${variable.slice(4, -1)}:`),
  );
  assert.ok(used.length > 0);
  assert.deepEqual(unknown, []);
});

test('each diagram is drawn, with a text alternative', () => {
  const diagrams = [...pages.values()].flatMap((html) => [
    ...html.matchAll(/<figure class="diagram" role="img" aria-label="([^"]+)"><svg/g),
  ]);
  const sources = globSync('**/*.md', { cwd: join(checkout, 'docs') }).flatMap((source) => [
    ...readFileSync(join(checkout, 'docs', source), 'utf8').matchAll(/^```mermaid$/gm),
  ]);
  assert.ok(sources.length > 0);
  assert.equal([...pages.values()].join('').includes('<style>'), false);
  assert.equal(diagrams.length, sources.length);
});
