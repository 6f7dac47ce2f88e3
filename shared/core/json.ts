export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a JSON text; undefined if the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** How many bytes a value takes as JSON. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Returns the first items that fit into a JSON list of `maxBytes`. */
export const fitting = <T>(items: readonly T[], maxBytes: number): readonly T[] => {
  let bytes = 0;
  const end = items.findIndex((item) => (bytes += jsonBytes(item) + 1) > maxBytes);
  return end < 0 ? [...items] : items.slice(0, end);
};

/** Names of the lists that lost items when they were made to fit. */
export const shortened = (
  whole: Readonly<Record<string, readonly unknown[]>>,
  fit: Readonly<Record<string, readonly unknown[]>>,
): readonly string[] =>
  Object.entries(whole).flatMap(([name, items]) =>
    (fit[name] ?? items).length < items.length ? [name] : [],
  );

/** The beginning of a text, with "…" where it is cut. In JSON, a character takes 6 bytes at most. */
export const fittingText = (text: string, maxBytes: number): string =>
  jsonBytes(text) <= maxBytes ? text : `${text.slice(0, Math.floor(maxBytes / 6) - 1).toWellFormed()}…`;
