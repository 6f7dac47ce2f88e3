/** A page of a sorted list, from behind the item that its marker names: entries that come and go move no page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: string | undefined;
}

export interface Wanted<T> {
  /** What the page before said; '' for the first one. */
  readonly marker: string;
  readonly size: number;
  /** @default every item */
  readonly passes?: (item: T) => boolean;
}

export const pageOf = <T>(
  sorted: readonly T[],
  keyOf: (item: T) => string,
  { marker, size, passes = () => true }: Wanted<T>,
): Page<T> => {
  const found: T[] = [];
  for (const item of after(sorted, keyOf, marker)) {
    if (passes(item)) found.push(item);
    // One more than asked for says that there is another page; the thousands behind it need no look.
    if (found.length > size) break;
  }
  const items = found.slice(0, size);
  const last = items.at(-1);
  const next =
    found.length > size && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : undefined;
  return { items, next };
};

const after = <T>(sorted: readonly T[], keyOf: (item: T) => string, marker: string): readonly T[] => {
  if (marker === '') return sorted;
  const key = Buffer.from(marker, 'base64url').toString('utf8');
  const start = sorted.findIndex((item) => keyOf(item) > key);
  return start === -1 ? [] : sorted.slice(start);
};
