import { type Input, integer, text } from './call.ts';
import { pageOf } from './pages.ts';
import type { View } from './roles.ts';

/** A stale listing stays stale over all its pages: its markers carry this prefix. */
const stale = '~';

/** A page of a sorted list, in IAM's form. */
export const page = <T>(
  input: Input,
  sorted: readonly T[],
  sortedBy: (item: T) => string,
  view: View = 'now',
) => {
  const size = integer(input, 'MaxItems', { least: 1, most: 1000, otherwise: 100 }, 'ValidationError');
  const marker = text(input, 'Marker').replace(stale, '');
  const { items, next } = pageOf(sorted, sortedBy, { marker, size });
  const prefix = view === 'now' ? '' : stale;
  return {
    items,
    rest: { IsTruncated: next !== undefined, Marker: next === undefined ? undefined : prefix + next },
  };
};

export const isStaleMarker = (marker: string): boolean => marker.startsWith(stale);
