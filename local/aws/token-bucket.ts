/** Takes one call's token of a region; says whether there was one. */
export type Take = (region: string) => boolean;

/** A bucket a region. It holds one second's worth of calls, as AWS's own throttles allow short bursts. */
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
