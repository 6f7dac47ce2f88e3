const unitMilliseconds = {
  s: 1000,
  m: 60 * 1000,
  h: 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  w: 7 * 24 * 60 * 60 * 1000,
} as const;

const isUnit = (unit: string | undefined): unit is keyof typeof unitMilliseconds =>
  unit !== undefined && Object.hasOwn(unitMilliseconds, unit);

/** Longer than any log or wait, and short enough to stay within JavaScript's dates. */
const longestMilliseconds = 100 * 366 * unitMilliseconds.d;

/** `90s`, `10m`, `12h`, `7d` or `2w` in milliseconds; undefined for anything else. */
export const durationMilliseconds = (text: string): number | undefined => {
  const [, amount, unit] = /^(\d{1,9})([a-z])$/.exec(text.trim()) ?? [];
  if (!isUnit(unit)) return undefined;
  const milliseconds = Number(amount) * unitMilliseconds[unit];
  return milliseconds > 0 && milliseconds <= longestMilliseconds ? milliseconds : undefined;
};
