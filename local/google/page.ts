import { invalid } from './errors.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/**
 * One page of a list, in the order of its keys, with the API's default and maximum page size. The token names the last item
 * shown, not a position, so that deleting an item between two pages does not hide another.
 * @throws GoogleError
 */
export const page = <T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  query: URLSearchParams,
  { usual, most }: { readonly usual: number; readonly most: number },
): Page<T> => {
  const asked = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(asked) || asked < 0) throw invalid(`Invalid page size ${query.get('pageSize')}.`);
  const size = Math.min(asked === 0 ? usual : asked, most);
  const token = query.get('pageToken') ?? '';
  const after = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(after).toString('base64url') !== token) throw invalid('Invalid page token.');
  const left = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const shown = left.slice(0, size);
  const last = shown.at(-1);
  return {
    items: shown.map(({ item }) => item),
    ...(left.length > size && last !== undefined
      ? { nextPageToken: Buffer.from(last.key).toString('base64url') }
      : {}),
  };
};
