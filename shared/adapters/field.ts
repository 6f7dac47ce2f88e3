/** A field of whatever an SDK threw: an error's own, or of its prototype. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
