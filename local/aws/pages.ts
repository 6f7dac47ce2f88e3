/** A page of a sorted list. It starts behind the item that its marker names, so added or removed items do not move it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The marker of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

export interface PageRequest<T> {
  /** `next` of the previous page; '' for the first page. */
  readonly marker: string;
  readonly size: number;
  /** @default every item */
  readonly passes?: (item: T) => boolean;
}

export const pageOf = <T>(
  sorted: readonly T[],
  keyOf: (item: T) => string,
  { marker, size, passes = () => true }: PageRequest<T>,
): Page<T> => {
  const found: T[] = [];
  for (const item of after(sorted, keyOf, marker)) {
    if (passes(item)) found.push(item);
    // One more item than requested proves that there is another page. Skip the rest.
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
