/** Unique identifiers that are the same in every run. */
export interface Ids {
  /** In the shape of a UUID. */
  readonly next: () => string;
  /** IAM's unique ids: a prefix for the kind, and 17 characters. */
  readonly unique: (prefix: string) => string;
}

export const createIds = (): Ids => {
  let count = 0;
  const number = (length: number): string => {
    count += 1;
    return String(count).padStart(length, '0');
  };
  return {
    next: () => `00000000-0000-4000-8000-${number(12)}`,
    unique: (prefix) => `${prefix}${number(17)}`,
  };
};
