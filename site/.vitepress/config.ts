import { join, relative } from 'node:path';
import { defineConfig, type MarkdownOptions } from 'vitepress';
import { githubAnchor } from '../github-anchor.ts';
import { siteLink, toIndex } from '../links.ts';
import { drawMermaid } from '../mermaid.ts';
import { editUrl, filesOf, repository } from '../repository.ts';
import { searchOptions } from '../search-options.ts';
import { sidebarOf } from '../sidebar.ts';
import { versionsOf } from '../versions.ts';

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

/** A link to docs/, so that what a page imports is found in this package. */
const pages = join(import.meta.dirname, '../pages');

// The build of several versions sets these (build-versions.ts).
const { DOCS_URL: url = '', DOCS_VERSION: name = 'main', DOCS_TAGS: tags = '' } = process.env;
const versions = versionsOf(tags.split(' '));
const folder = versions.find((version) => version.name === name)?.folder ?? '';

/** The menu leads to other builds, so its links are addresses of their own. */
const versionMenu = {
  text: name,
  items: versions.map((version) => ({
    text: version.name,
    link: url + version.folder,
    target: '_self',
    noIcon: true,
  })),
};

const withRepositoryLinks = (md: MarkdownIt): void => {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const page = relative(pages, env.path);
    const links = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'link_open');
    for (const link of links) link.attrSet('href', siteLink(page, link.attrGet('href') ?? '', filesOf(name)));
  });
};

/** VitePress styles only fenced blocks: others would be wider than a narrow screen. */
const withFencedCode = (md: MarkdownIt): void => {
  md.core.ruler.push('fenced-code', ({ tokens }) => {
    const indented = tokens.filter(({ type }) => type === 'code_block');
    for (const block of indented) Object.assign(block, { type: 'fence', info: 'txt' });
  });
};

const withDiagrams = (md: MarkdownIt): void => {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() === 'mermaid') return `<div v-pre>${drawMermaid(token.content)}</div>`;
    return fence?.(tokens, index, options, env, self) ?? '';
  };
};

export default defineConfig({
  title: 'rolebridge',
  description: 'Tag an AWS IAM role, and its workloads reach Google Cloud without a key.',
  lang: 'en-US',
  base: (url === '' ? '/' : new URL(url).pathname) + folder,
  srcDir: 'pages',
  outDir: 'dist',
  rewrites: toIndex,
  head: [
    [
      'link',
      {
        rel: 'icon',
        href: 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"%3E%3Cpath d="M3 24h26M5 24c0-16 22-16 22 0M11 24v-9M16 24V12M21 24v-9" fill="none" stroke="%233451b2" stroke-width="3"/%3E%3C/svg%3E',
      },
    ],
  ],
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (md) => {
      withRepositoryLinks(md);
      withFencedCode(md);
      withDiagrams(md);
    },
  },
  vite: {
    resolve: { preserveSymlinks: true },
    // The search index has a megabyte. It is loaded when a reader reaches for the search (theme/load-search-early.ts).
    build: { chunkSizeWarningLimit: 2000 },
  },
  themeConfig: {
    nav: [
      { text: 'First hour', link: '/first-hour.md' },
      { text: 'Commands', link: '/commands.md' },
      { text: 'Report', link: '/report.md' },
      { text: 'Operations', link: '/operations.md' },
      { text: 'Security', link: '/security.md' },
      ...(versions.length > 1 ? [versionMenu] : []),
    ],
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'Repository' }],
    sidebar: sidebarOf(pages),
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch: { searchOptions } } },
    notFound: {
      title: 'There is no such page',
      quote:
        'It may have another name now, or belong to another version. Search for it, or start at the home page.',
      linkText: 'Home page',
      linkLabel: 'Home page',
    },
    editLink: { pattern: editUrl, text: 'Edit this page' },
  },
});
