import { type Change, withoutDependents } from './change.ts';
import type { PoolState } from './google-side.ts';
import { poolOfMember } from './member.ts';

import { poolPath, type Settings } from './settings.ts';

/** The owner of every pool of ours, by the name that members use. */
export type Ownerships = ReadonlyMap<string, PoolOwnership>;

/**
 * What this deployment may do in a pool (docs/adr/0021). `ours`: everything. `another`: nothing, as the pool is that of
 * `owner`. `unproven`: its marker names no owner or cannot be read, so only bindings that the ledger lists are removed.
 */
export type PoolOwnership =
  | {
      readonly kind: 'ours';
      /** Valid only in this run: a deleted pool can be restored and marked. */
      readonly isPassing?: true;
      /** Read in an earlier run: it does not show that Google answers now. */
      readonly isRemembered?: true;
    }
  | { readonly kind: 'another'; readonly owner: string; readonly reason: string }
  | {
      readonly kind: 'unproven';
      readonly reason: string;
      /** Google answered that the pool does not exist. */
      readonly isNotFound?: true;
    };

const unread: PoolOwnership = { kind: 'unproven', reason: 'Its marker was not read.' };

/** The changes of a plan that may be made in its pools. */
export const permittedByOwnership = (
  settings: Settings,
  ownerships: Ownerships,
  changes: readonly Change[],
): readonly Change[] => {
  const isLeftOut = (change: Change): boolean => {
    const { kind } = ownerships.get(poolOf(settings, change) ?? '') ?? unread;
    switch (kind) {
      case 'ours':
        return false;
      case 'another':
        // If the binding is gone, only the ledger changes. The entry may leave, even in a former pool.
        return change.kind !== 'unlist' || poolOf(settings, change) === poolPath(settings);
      case 'unproven':
        return change.kind === 'unbind' && change.grants.length === 0;
    }
  };
  const leftOut = changes.filter(isLeftOut);
  const unreplaced = new Set(leftOut.flatMap((one) => (one.kind === 'bind' ? [one.access] : [])));
  // A tag still asks for this access, and its new binding may not be made: the old one stays.
  const kept = changes.filter((change) => change.kind === 'unbind' && unreplaced.has(change.access));
  return withoutDependents(changes, new Set([...leftOut, ...kept].map(({ id }) => id)));
};

const poolOf = (settings: Settings, change: Change): string | undefined => {
  switch (change.kind) {
    case 'bind':
    case 'unbind':
      return poolOfMember(settings, change.edit.member);
    case 'list':
    case 'unlist':
      return poolOfMember(settings, change.binding.member);
    case 'publish':
    case 'writeStatus':
    case 'removeStatus':
      return poolPath(settings);
    case 'unpublish':
      return change.pool;
  }
};

/** Judges a pool by its marker. `name`: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. */
export const ownershipOf = (name: string, pool: PoolState, owner: PoolOwner): PoolOwnership => {
  if (pool.kind === 'absent')
    return { kind: 'unproven', reason: `Google knows no pool ${idOf(name)}.`, isNotFound: true };
  const marker = markerOf(pool.description, owner);
  if (marker.kind === 'another')
    return { kind: 'another', owner: marker.owner, reason: foreign(name, marker.owner, owner) };
  // A deleted pool grants nothing, so removing its members ends no access of anyone.
  if (marker.kind === 'ours') return { kind: 'ours' };
  if (pool.isDeleted) return { kind: 'ours', isPassing: true };
  return {
    kind: 'unproven',
    reason: `Pool ${idOf(name)} is not marked as that of ${ownerText(owner)}: its description is "${pool.description}". ${marker.kind === 'unowned' ? 'Run "rolebridge setup".' : `If rolebridge made the pool, give it a marker: ${markCommand(idOf(name), projectIn(name))}. Then run "rolebridge setup".`}`,
  };
};

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const foreign = (name: string, other: string, owner: PoolOwner): string =>
  `Pool ${idOf(name)} belongs to rolebridge of ${other} (AWS account and stage), and this is ${ownerText(owner)}: nothing of it is bound, published or removed here. Ask the owners of rolebridge.yml to name a pool of their own in google.pool.`;

const projectIn = (name: string): string => String(name.split('/')[1]);

/**
 * A former pool that Google does not know any more grants nothing, so its members may be removed. One NOT_FOUND proves
 * that only if Google answered for another pool in the same run (invariant 4).
 */
export const withoutDeletedPools = (settings: Settings, ownerships: Ownerships): Ownerships => {
  const isAnswering = [...ownerships.values()].some(hasAnswered);
  return new Map(
    [...ownerships].map(([pool, ownership]) => {
      const isGone = ownership.kind === 'unproven' && ownership.isNotFound === true;
      return [pool, isGone && isAnswering && pool !== poolPath(settings) ? { kind: 'ours' } : ownership];
    }),
  );
};

/** Whether Google answered so in this run. */
const hasAnswered = (ownership: PoolOwnership): boolean =>
  ownership.kind === 'another' || (ownership.kind === 'ours' && ownership.isRemembered !== true);

/** Pools whose absence nothing in this run confirms yet: Google must be asked about the configured pool again. */
export const awaitsAnswer = (ownerships: Ownerships): boolean =>
  [...ownerships.values()].some((one) => one.kind === 'unproven' && one.isNotFound === true) &&
  ![...ownerships.values()].some(hasAnswered);

/** The owner of the configured pool. */
export const currentOwnership = (settings: Settings, ownerships: Ownerships): PoolOwnership =>
  ownerships.get(poolPath(settings)) ?? unread;

/** The deployment that a pool belongs to: the AWS account that rolebridge is deployed to, and the stage. */
export interface PoolOwner {
  readonly accountId: string;
  readonly stage: string;
}

/** `111122223333/prod` */
export const ownerText = ({ accountId, stage }: PoolOwner): string => `${accountId}/${stage}`;

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

/**
 * The segments, each with a space before and behind it. Two separators may share a space, as in `text | | marker`: the
 * segment between them is that space.
 */
const partsOf = (description: string): readonly string[] => ` ${description} `.split(/(?<= )\|(?= )/);

const markerIn = (
  part: string,
): { readonly owner: string | undefined; readonly isAdopted: boolean } | undefined => {
  const segment = part.slice(1, -1);
  const match = owned.exec(segment) ?? unowned.exec(segment);
  return match === null
    ? undefined
    : { owner: match.groups?.['owner'], isAdopted: match.groups?.['adopted'] !== undefined };
};

const words = 'managed by rolebridge';

/** A stage, as the environment names it. */
const stagePattern = '[A-Za-z0-9-]{1,64}';

const owned = new RegExp(`^${words}; owner (?<owner>\\d{12}/${stagePattern})(?<adopted>; adopted)?$`);

const unowned = new RegExp(`^${words}(?<adopted> \\(adopted\\))?$`);

/** Characters (https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools). */
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

const separator = ' | ';

const withMarker = (description: string, marker: string): string => {
  if (description.trim() === '') return marker;
  const parts = partsOf(description);
  const place = parts.findIndex((part) => markerIn(part) !== undefined);
  if (place === -1) return `${description}${separator}${marker}`;
  const others = parts.slice(place + 1).filter((part) => markerIn(part) === undefined);
  return [...parts.slice(0, place), ` ${marker} `, ...others].join('|').slice(1, -1);
};

/** The description without this deployment's marker. The text around it stays as it is. */
export const unmarkedDescription = (description: string, owner: PoolOwner): string =>
  partsOf(description)
    .filter((part) => markerIn(part)?.owner !== ownerText(owner))
    .join('|')
    .slice(1, -1);

/** Replaces a pool's description by a marker without an owner: setup then makes the pool that of its deployment. */
export const markCommand = (pool: string, project: string): string =>
  `gcloud iam workload-identity-pools update ${pool} --project ${project} --location global --description '${words}'`;
