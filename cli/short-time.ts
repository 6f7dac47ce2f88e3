/** `2026-11-24T12:00:00Z` of a time with a fraction. */
export const shortTime = (at: string): string => at.replace(/\.\d+Z$/, 'Z');
