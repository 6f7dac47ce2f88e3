/** Reads once, whoever asks; a failure is remembered like an answer. */
export const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
};

/** Reads once for each key. */
export const oncePer = <T>(read: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const readings = new Map<string, Promise<T>>();
  return (key) => {
    const reading = readings.get(key) ?? read(key);
    readings.set(key, reading);
    return reading;
  };
};
