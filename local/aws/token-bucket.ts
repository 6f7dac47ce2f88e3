/** Takes one token of a region, and returns whether there was one. */
export type Take = (region: string) => boolean;

/** One bucket per region. It contains one second's worth of calls, because AWS's throttles allow short bursts. */
export const tokenBucket = (perSecond: number, elapsed: () => number): Take => {
  const levels = new Map<string, { readonly tokens: number; readonly at: number }>();
  const capacity = Math.max(1, perSecond);
  return (region) => {
    const now = elapsed();
    const { tokens, at } = levels.get(region) ?? { tokens: capacity, at: now };
    const level = Math.min(capacity, tokens + ((now - at) / 1000) * perSecond);
    const isTaken = level >= 1;
    levels.set(region, { tokens: isTaken ? level - 1 : level, at: now });
    return isTaken;
  };
};
