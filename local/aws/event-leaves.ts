import { isRecord } from './call.ts';

export type Scalar = string | number | boolean | null;

/** The chosen element of each array. Arrays are numbered in the order of the event. */
export type Indices = ReadonlyMap<number, number>;

export interface Leaf {
  readonly value: Scalar;
  /** The array elements that contain the leaf. Scalars of an array have none, so they never exclude each other. */
  readonly indices: Indices;
}

/** The leaves of an event by path, with names joined by dots. Empty objects and empty arrays have none. */
export const leavesOf = (event: unknown): ReadonlyMap<string, readonly Leaf[]> => {
  const leaves = new Map<string, Leaf[]>();
  let arrays = 0;
  const visit = (path: string, value: unknown, indices: Indices): void => {
    if (Array.isArray(value)) {
      const array = arrays;
      arrays += 1;
      for (const [index, element] of value.entries())
        visit(path, element, isScalar(element) ? indices : new Map([...indices, [array, index]]));
    } else if (isRecord(value)) {
      for (const [name, inner] of Object.entries(value))
        visit(path === '' ? name : `${path}.${name}`, inner, indices);
    } else if (isScalar(value)) leaves.set(path, [...(leaves.get(path) ?? []), { value, indices }]);
  };
  visit('', event, new Map());
  return leaves;
};

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Both choices together; undefined if they differ on an array. */
export const mergeIndices = (chosen: Indices, more: Indices): Indices | undefined =>
  [...more].some(([array, index]) => (chosen.get(array) ?? index) !== index)
    ? undefined
    : new Map([...chosen, ...more]);
