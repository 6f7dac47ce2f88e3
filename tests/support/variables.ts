/** Sets variables of this process for as long as something runs. */
export const withVariables = async <T>(
  variables: Readonly<Record<string, string | undefined>>,
  run: () => Promise<T>,
): Promise<T> => {
  const before = { ...process.env };
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values))
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  };
  set(variables);
  try {
    return await run();
  } finally {
    set(Object.fromEntries(Object.keys(variables).map((name) => [name, before[name]])));
  }
};
