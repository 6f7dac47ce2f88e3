/** The deployment that a pool belongs to: the AWS account that rolebridge is deployed to, and the stage. */
export interface PoolOwner {
  readonly accountId: string;
  readonly stage: string;
}

const words = 'managed by rolebridge';

const maxDescription = 256;

/**
 * The description with our marker: in place of a marker without an owner, or else behind the text that is there, which
 * stays as it is. Undefined if that is longer than Google allows.
 */
export const markedDescription = (
  description: string,
  owner: PoolOwner,
  { isAdopted }: { readonly isAdopted: boolean },
): string | undefined => {
  const marker = `${words}; owner ${ownerText(owner)}${isAdopted ? '; adopted' : ''}`;
  const result = withMarker(description, marker);
  return result.length <= maxDescription ? result : undefined;
};

/** The description without this deployment's marker. The text around it stays as it is. */
export const unmarkedDescription = (description: string, owner: PoolOwner): string =>
  partsOf(description)
    .filter((part) => markerIn(part)?.owner !== ownerText(owner))
    .join('|')
    .slice(1, -1);

/** `111122223333/prod` */
export const ownerText = ({ accountId, stage }: PoolOwner): string => `${accountId}/${stage}`;

const separator = ' | ';

const withMarker = (description: string, marker: string): string => {
  if (description.trim() === '') return marker;
  const parts = partsOf(description);
  const place = parts.findIndex((part) => markerIn(part) !== undefined);
  if (place === -1) return `${description}${separator}${marker}`;
  const others = parts.slice(place + 1).filter((part) => markerIn(part) === undefined);
  return [...parts.slice(0, place), ` ${marker} `, ...others].join('|').slice(1, -1);
};

/**
 * The segments, each with a space before and behind it. Two separators may share a space, as in `text | | marker`: the
 * segment between them is that space.
 */
const partsOf = (description: string): readonly string[] => ` ${description} `.split(/(?<= )\|(?= )/);

// characters (https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools)
const stagePattern = '[A-Za-z0-9-]{1,64}';

const owned = new RegExp(`^${words}; owner (?<owner>\\d{12}/${stagePattern})(?<adopted>; adopted)?$`);

const unowned = new RegExp(`^${words}(?<adopted> \\(adopted\\))?$`);

const markerIn = (
  part: string,
): { readonly owner: string | undefined; readonly isAdopted: boolean } | undefined => {
  const segment = part.slice(1, -1);
  const match = owned.exec(segment) ?? unowned.exec(segment);
  return match === null
    ? undefined
    : { owner: match.groups?.['owner'], isAdopted: match.groups?.['adopted'] !== undefined };
};

/**
 * How a pool's description marks its owner (docs/adr/0021). `ours`: this deployment. `another`: another one, which it
 * names. `unowned`: a marker without an owner, as rolebridge 0.1 wrote it. `none`: no marker at all. `isAdopted`: the
 * pool was there before rolebridge, and others may use it as well.
 */
export type PoolMarker =
  | { readonly kind: 'ours'; readonly isAdopted: boolean }
  | { readonly kind: 'another'; readonly owner: string }
  | { readonly kind: 'unowned'; readonly isAdopted: boolean }
  | { readonly kind: 'none' };

/**
 * Reads the marker. Only a whole segment of the description counts, character for character: text that merely contains
 * the words, or spells them otherwise, is not a marker.
 */
export const markerOf = (description: string, owner: PoolOwner): PoolMarker => {
  const markers = partsOf(description).flatMap((part) => markerIn(part) ?? []);
  const isAdopted = markers.some((marker) => marker.isAdopted);
  const another = markers.find((marker) => marker.owner !== undefined && marker.owner !== ownerText(owner));
  if (another?.owner !== undefined) return { kind: 'another', owner: another.owner };
  if (markers.length === 0) return { kind: 'none' };
  return markers.some((marker) => marker.owner !== undefined)
    ? { kind: 'ours', isAdopted }
    : { kind: 'unowned', isAdopted };
};

/** Replaces a pool's description by a marker without an owner: setup then makes the pool that of its deployment. */
export const markCommand = (pool: string, project: string): string =>
  `gcloud iam workload-identity-pools update ${pool} --project ${project} --location global --description '${words}'`;
