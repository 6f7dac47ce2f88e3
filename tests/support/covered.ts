/** What the suites cover to the last branch: the core, and IAM policies that people attach. A folder ends with a slash. */
export const covered: readonly string[] = [
  'shared/core/',
  'cli/commands/boot/own-parameters-policy.ts',
  'cli/commands/guard/control-policy.ts',
];

/** @param path relative to the repository */
export const isCovered = (path: string): boolean =>
  covered.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one));
