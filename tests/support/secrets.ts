/** As SigV4 writes a signature. */
const signaturePattern = /[0-9a-f]{64}/g;

/**
 * The texts that hold one of these secrets, each with the secret's place instead of the secret. Signatures are as many
 * as calls: they are looked up, not searched for.
 */
export const findSecrets = (texts: readonly string[], secrets: readonly string[]): readonly string[] => {
  const isSignature = (secret: string): boolean => /^[0-9a-f]{64}$/.test(secret);
  const signatures = new Set(secrets.filter(isSignature));
  const others = secrets.filter((secret) => !isSignature(secret));
  return [...new Set(texts)].flatMap((text) => {
    const found = [
      ...others.filter((secret) => text.includes(secret)),
      ...(text.match(signaturePattern) ?? []).filter((signature) => signatures.has(signature)),
    ];
    return found.length === 0
      ? []
      : [found.reduce((rest, secret) => rest.replaceAll(secret, `<${secret.slice(0, 12)}…>`), text)];
  });
};
