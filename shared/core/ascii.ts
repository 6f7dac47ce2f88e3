/** IAM folds only ASCII letters. Unicode folding would turn the Kelvin sign into a `k`, and make two names equal. */
export const asciiLower = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
