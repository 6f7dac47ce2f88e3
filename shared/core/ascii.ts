/** IAM folds the letters of ASCII alone: Unicode would make the Kelvin sign a `k`, and another name the same. */
export const asciiLower = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
