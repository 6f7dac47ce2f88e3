import { strict as assert } from 'node:assert';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import MiniSearch from 'minisearch';
import { searchOptions } from '../search-options.ts';
import { dist } from './built-site.ts';

/** Loads the index that the site's search box loads, with the library that it uses. */
const loadIndex = async (): Promise<MiniSearch> => {
  const [path = 'no search index'] = globSync(join(dist, 'assets/chunks/@localSearchIndexroot.*.js'));
  const { default: index }: { readonly default: string } = await import(path);
  return MiniSearch.loadJSON(index, {
    fields: ['title', 'titles', 'text'],
    storeFields: ['title', 'titles'],
    searchOptions,
  });
};

const index = await loadIndex();
/** The first results: about as many as the search box shows without scrolling. */
const find = (words: string): readonly string[] =>
  index
    .search(words)
    .slice(0, 8)
    .map(({ id }) => String(id));

const expected: Readonly<Record<string, readonly string[]>> = {
  'not opted in': [
    '/errors.html#not-opted-in',
    '/first-hour.html#4-opt-the-service-account-in-its-owner-5-minutes',
  ],
  IMDSv2: ['/errors.html#metadata-token-required'],
  rollback: ['/operations.html#rollback', '/upgrade.html#roll-back'],
};
for (const [words, sections] of Object.entries(expected))
  test(`a search for "${words}" finds ${sections.join(' and ')}`, () => {
    const found = find(words);
    const missing = sections.filter((section) => !found.includes(section));
    assert.deepEqual(missing, [], `found only ${found.join(', ')}`);
  });
