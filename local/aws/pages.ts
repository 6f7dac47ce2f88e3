/** A page of a sorted list, from behind the item that its marker names: entries that come and go move no page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: string | undefined;
}

export const pageOf = <T>(
  sorted: readonly T[],
  keyOf: (item: T) => string,
  { marker, size }: { readonly marker: string; readonly size: number },
): Page<T> => {
  const after = Buffer.from(marker, 'base64url').toString('utf8');
  const rest = marker === '' ? sorted : sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const next =
    rest.length > size && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : undefined;
  return { items, next };
};
