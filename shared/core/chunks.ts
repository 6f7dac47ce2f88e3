import { jsonBytes } from './json.ts';

/** Splits rows into chunks whose JSON takes at most so many bytes. A larger row has a chunk of its own. */
export const chunksOf = <Row>(rows: readonly Row[], maxBytes: number): readonly (readonly Row[])[] => {
  const chunks: Row[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const size = jsonBytes(row) + 1;
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(row);
    bytes += size;
  }
  return chunks;
};
