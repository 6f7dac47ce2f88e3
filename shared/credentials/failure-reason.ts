const longest = 300;

/**
 * Why credentials could not be loaded, for a log that must never show one: one line, without anything that looks like a
 * secret. The error about an answer that is not JSON quotes a piece of it, so we drop its message. This is stricter than
 * withoutSecrets (../core), which keeps key ids and runs of 20 to 39 characters: other texts may need to show those.
 */
export const reasonOf = (thrown: unknown): string => {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (name === 'SyntaxError' || message.includes('JSON')) return 'the answer is not valid JSON';
  const line = message.replace(/\n.*$/s, '');
  const shown = line.replaceAll(/[A-Za-z0-9+/=_-]{20,}/g, (run) => (isSecretLike(run) ? '[redacted]' : run));
  return `${name}: ${shown.slice(0, longest)}`;
};

/** Only keys, tokens and signatures have such runs: twenty characters or more, of all three kinds. */
const isSecretLike = (run: string): boolean =>
  /^(AKIA|ASIA)[A-Z0-9]/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run));
