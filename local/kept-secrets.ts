/** The secrets of every world in this process. Signatures are apart, because each call adds one. */
export interface KeptSecrets {
  readonly signatures: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

const signatures = new Set<string>();
const others = new Set<string>();

/** Every secret that the stand-ins of this process issued or received, in any world. Tests search programs' output for them. */
export const keptSecrets = (): KeptSecrets => ({ signatures, others });

/** Records a secret that must not appear in any log, and returns it. */
export const keepSecret = (secret: string): string => {
  (isSignature(secret) ? signatures : others).add(secret);
  return secret;
};

/** In the form of a SigV4 signature. */
export const isSignature = (secret: string): boolean => /^[0-9a-f]{64}$/.test(secret);
