const longest = 300;

/** Runs that only keys, tokens and signatures have: twenty characters or more, of all three kinds. */
const isSecretLike = (run: string): boolean =>
  /^(AKIA|ASIA)[A-Z0-9]/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run));

/**
 * Why credentials could not be had, for a log that must never show one: one line, and nothing that looks like a secret.
 * Of an answer that is not JSON the error quotes a piece, so its words are not used at all.
 */
export const reasonOf = (thrown: unknown): string => {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (name === 'SyntaxError' || message.includes('JSON'))
    return 'the answer is not the JSON that it should be';
  const line = message.replace(/\n.*$/s, '');
  const shown = line.replaceAll(/[A-Za-z0-9+/=_-]{20,}/g, (run) => (isSecretLike(run) ? '[redacted]' : run));
  return `${name}: ${shown.slice(0, longest)}`;
};
