/** Stands in the description of a pool that rolebridge made, or took over. */
export const poolMarker = 'managed by rolebridge';

/** Of a pool that was there before, and that others may use as well. */
export const adoptedMarker = `${poolMarker} (adopted)`;

/** IAM's limit of a pool's description. */
const maxDescription = 256;

/** `dedicated`: rolebridge made it. `adopted`: it took it over. `foreign`: it is somebody else's. */
export type PoolOwnership = 'dedicated' | 'adopted' | 'foreign';

export const ownershipOf = (description: string): PoolOwnership => {
  if (description.includes(adoptedMarker)) return 'adopted';
  return description.includes(poolMarker) ? 'dedicated' : 'foreign';
};

/** The marker behind what stands there; undefined where Google takes no text as long as that. */
export const adoptedDescription = (description: string): string | undefined => {
  const text = description.trim() === '' ? adoptedMarker : `${description.trim()} | ${adoptedMarker}`;
  return text.length <= maxDescription ? text : undefined;
};
