import { posix } from 'node:path';

/**
 * Where a link of docs/ leads on the site. Pages link to each other as on GitHub. Everything else of the checkout (code,
 * schemas, reports, pages at its root) is not on the site, so the link leads below `repository`, the address of its files.
 */
export const siteLink = (page: string, href: string, repository: string): string => {
  if (isOutside(href)) return href;
  const [, path = '', anchor = ''] = /^([^#]*)(.*)$/.exec(href) ?? [];
  const target = posix.join('docs', posix.dirname(page), path);
  if (folders.has(target)) return `${path}index.md${anchor}`;
  if (!target.startsWith('docs/') || !target.endsWith('.md')) return `${repository}/${target}${anchor}`;
  return toIndex(path) + anchor;
};

/** GitHub shows a folder's README.md, and a site its index. */
export const toIndex = (path: string): string => path.replace(/(^|\/)README\.md$/, '$1index.md');

/** Folders of docs/ that have a page of their own. */
const folders: ReadonlySet<string> = new Set(['docs/adr/', 'docs/use/']);

const isOutside = (href: string): boolean => href.startsWith('#') || /^[a-z]+:/.test(href);
