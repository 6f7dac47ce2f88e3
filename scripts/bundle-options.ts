/** Options that all our bundles share. */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
} as const;

/** For programs that a person may have to read in a stack trace: names stay as they are. */
export const shortened = { ...bundling, minifySyntax: true, minifyWhitespace: true } as const;
