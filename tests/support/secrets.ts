import { existsSync, readFileSync } from 'node:fs';
import { isSignature, type KeptSecrets, keepSecret, keptSecrets } from '../../local/kept-secrets.ts';

/** The texts that contain one of these secrets, each with the secret's location instead of the secret. */
export const findSecrets = (texts: readonly string[], secrets: readonly string[]): readonly string[] =>
  findKept(texts, {
    signatures: new Set(secrets.filter(isSignature)),
    others: new Set(secrets.filter((secret) => !isSignature(secret))),
  });

/**
 * @throws if one of these texts contains a secret that any stand-in of this process issued, or that a program was
 * given
 */
export const expectNoSecretIn = (texts: readonly string[]): void => {
  const leaks = findKept(texts, keptSecrets());
  if (leaks.length > 0) throw new Error(`secrets were told:\n${leaks.join('\n')}`);
};

/** There are as many signatures as calls, so we look them up instead of searching for each. */
const findKept = (texts: readonly string[], { signatures, others }: KeptSecrets): readonly string[] => {
  const spelled = [...others].flatMap(spellings);
  return [...new Set(texts)].flatMap((text) => {
    const found = [
      ...spelled.filter((secret) => text.includes(secret)),
      ...(text.match(signaturePattern) ?? []).filter((signature) => signatures.has(signature)),
    ];
    return found.length === 0
      ? []
      : [found.reduce((rest, secret) => rest.replaceAll(secret, `<${secret.slice(0, 12)}…>`), text)];
  });
};

/** The form in which SigV4 writes a signature. */
const signaturePattern = /[0-9a-f]{64}/g;

/** The secret as it is, and as URLs and forms, and forms within forms, spell it. */
const spellings = (secret: string): readonly string[] => {
  const once = encodeURIComponent(secret);
  return once === secret ? [secret] : [secret, once, encodeURIComponent(once)];
};

const secretVariables = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN'];
const secretFiles = [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
];

/**
 * Of Google's credential files, the fields that are secret. Of a PEM, its lines, however they are joined. Otherwise,
 * everything.
 */
const secretsInFile = (text: string): readonly string[] => {
  if (!text.startsWith('{')) return [text.trim()];
  const fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return ['private_key', 'refresh_token', 'client_secret'].flatMap((name) =>
    String(fields[name] ?? '')
      .split('\n')
      .filter((line) => !line.startsWith('-----')),
  );
};

/** Records the secrets that a program gets from its environment. A shorter text ("wrong") is not a secret. */
export const keepSecretsOf = (variables: Readonly<Record<string, string | undefined>>): void => {
  const values = secretVariables.map((name) => variables[name] ?? '');
  const files = secretFiles.map((name) => variables[name] ?? '').filter((path) => existsSync(path));
  for (const secret of [...values, ...files.flatMap((path) => secretsInFile(readFileSync(path, 'utf8')))])
    if (secret.length >= 16) keepSecret(secret);
};
