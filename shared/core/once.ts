/** Makes a value when it is first asked for. A reading that failed is kept, too. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** The same for each key, or for each key of the same name. */
export const oncePer = <Key, T extends object>(
  make: (key: Key) => T,
  nameOf: (key: Key) => unknown = (key) => key,
): ((key: Key) => T) => {
  const all = new Map<unknown, T>();
  return (key) => {
    const name = nameOf(key);
    const made = all.get(name) ?? make(key);
    all.set(name, made);
    return made;
  };
};
