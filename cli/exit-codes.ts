/** What a shell sees. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** What is there is not what is wanted. */
  difference: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
