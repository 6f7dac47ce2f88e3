/** Reads a field of anything that an SDK threw, including fields of its prototype. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
