import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toIndex } from './links.ts';

interface Item {
  readonly text: string;
  readonly link: string;
}

interface Group {
  readonly text: string;
  readonly link?: string;
  readonly items: Item[];
  readonly collapsed: boolean;
}

/** The sidebar: each heading of docs/README.md with the pages that it lists, then all decisions. */
export const sidebarOf = (docs: string): Group[] => {
  const [, ...sections] = readFileSync(join(docs, 'README.md'), 'utf8').split(/^## /m);
  return [
    ...sections.map(groupOf),
    { text: 'Decisions', link: '/adr/', items: decisionsOf(join(docs, 'adr')), collapsed: true },
  ];
};

const groupOf = (section: string): Group => {
  const [heading = ''] = section.split('\n', 1);
  const pages = [...section.matchAll(/\[([^\]]+)\]\(([\w/-]+\.md)\)/g)];
  return {
    text: heading,
    items: pages.map(([, text = '', path = '']) => ({ text, link: `/${toIndex(path)}` })),
    collapsed: false,
  };
};

const decisionsOf = (folder: string): Item[] =>
  readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .toSorted()
    .map((name) => {
      const [, title = name] = /^# (.+)$/m.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
      return { text: title, link: `/adr/${name}` };
    });
