const kept = new Set<string>();

/** What the stand-ins of this process issued and were shown, in any world: whoever started a program looks for it there. */
export const keptSecrets = (): readonly string[] => [...kept];

/** Notes what must be in no log, and gives it back. */
export const keepSecret = (secret: string): string => {
  kept.add(secret);
  return secret;
};
