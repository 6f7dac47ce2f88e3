const kept = new Set<string>();

/** Every secret that the stand-ins of this process issued or received, in any world. Tests search programs' output for them. */
export const keptSecrets = (): readonly string[] => [...kept];

/** Records a secret that must not appear in any log, and returns it. */
export const keepSecret = (secret: string): string => {
  kept.add(secret);
  return secret;
};
