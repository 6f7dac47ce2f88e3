import { canRevoke } from '../core/mode.ts';
import { markCommand, markedDescription, markerOf, ownerText, type PoolMarker } from '../core/ownership.ts';
import type { ObservedPool } from './observe.ts';
import { lastOf, mergeParts, type PlanPart, planPart } from './step.ts';
import type { WantedSetup } from './wanted.ts';

export const planPool = (wanted: WantedSetup, observed: ObservedPool): PlanPart => {
  const { pool: name, owner } = wanted;
  const { pool } = observed;
  const claim = claimOf(wanted, observed);
  if (claim.kind === 'refuse') return planPart({ refusals: [claim.reason] });
  if (pool.kind === 'absent')
    return planPart({ steps: [{ kind: 'createPool', name, description: newDescription(owner) }] });
  return mergeParts([
    undelete('Pool', name, pool),
    ...(claim.kind === 'mark' ? [planPart({ steps: [{ ...claim, kind: 'describePool', name }] })] : []),
    ...(isEndangered(wanted, claim) ? [endangered(name)] : []),
    enable('Pool', name, pool),
  ]);
};

/** Adopting the pool also changes the mode. */
const isEndangered = ({ settings, options }: WantedSetup, { kind, isShared }: PoolClaim): boolean =>
  isShared && canRevoke(settings.mode) && !(kind === 'mark' && options.adopts);

/** In mode sync, the sweep treats other people's members of an adopted pool as ours. */
const endangered = (name: string): PlanPart =>
  planPart({
    warnings: [
      `Pool ${lastOf(name)} was adopted, and mode in rolebridge.yml is sync: rolebridge removes every aws_role member of it that no tag requests. Set mode: upsert-only, unless no one else uses the pool.`,
    ],
  });

/**
 * How setup treats the pool. `create`: it does not exist. `keep`: it is marked as ours. `mark`: `description` makes it ours.
 * `refuse`: it is not ours, for `reason`. `isShared`: others may use it, too.
 */
export type PoolClaim =
  | { readonly kind: 'create' | 'keep'; readonly isShared: boolean }
  | {
      readonly kind: 'mark';
      readonly isShared: boolean;
      readonly description: string;
      readonly before: string;
    }
  | { readonly kind: 'refuse'; readonly isShared: true; readonly reason: string };

export const claimOf = (wanted: WantedSetup, { pool, providers }: ObservedPool): PoolClaim => {
  if (pool.kind === 'absent') return { kind: 'create', isShared: false };
  const { description: before } = pool;
  const marker = markerOf(before, wanted.owner);
  if (marker.kind === 'ours') return { kind: 'keep', isShared: marker.isAdopted };
  const reason = refusalOf(wanted, before, marker, [...providers.keys()]);
  if (reason !== undefined) return { kind: 'refuse', isShared: true, reason };
  const isShared = wanted.options.adopts || (marker.kind === 'unowned' && marker.isAdopted);
  const description = markedDescription(before, wanted.owner, { isAdopted: isShared });
  return description === undefined
    ? { kind: 'refuse', isShared: true, reason: noRoom(wanted) }
    : { kind: 'mark', isShared, description, before };
};

/** The reason why setup does not make a pool ours; undefined if it does. */
const refusalOf = (
  { pool: name, owner, options, providers, settings: { google } }: WantedSetup,
  description: string,
  marker: Exclude<PoolMarker, { readonly kind: 'ours' }>,
  poolProviders: readonly string[],
): string | undefined => {
  const pool = `Pool ${lastOf(name)} of project ${google.project}`;
  const mark = markCommand(lastOf(name), google.project);
  if (marker.kind === 'another')
    return (
      `${pool} belongs to rolebridge of ${marker.owner} (AWS account and stage), and this is ${ownerText(owner)}: each would revoke the access that the other grants. ` +
      `Name another pool in google.pool of rolebridge.yml. If that deployment no longer exists, replace its marker (${quotedOrNone(description)}) by one without an owner, and run this again: ${mark}`
    );
  if (options.adopts) return undefined;
  if (marker.kind === 'none')
    return (
      `${pool} exists, and rolebridge did not create it (its description: ${quotedOrNone(description)}). ` +
      `Name another one in google.pool of rolebridge.yml, or take it over with --adopt: ${adopting}. ` +
      `If rolebridge created it and someone changed its description, give it a marker and run this again: ${mark}`
    );
  const known = new Set(providers.map(({ name: own }) => own));
  const others = poolProviders.filter((existing) => !known.has(existing));
  return others.length === 0
    ? undefined
    : `${pool} is marked without an owner (${quotedOrNone(description)}), and rolebridge.yml does not name all of its providers: ${others.map(lastOf).join(', ')}. ` +
        'Name another pool in google.pool of rolebridge.yml, delete those providers, or take the pool over with --adopt: ' +
        `${adopting}.`;
};

const adopting =
  'rolebridge then adds its members, revokes no access, and "rolebridge revoke" refuses (mode: upsert-only)';

const noRoom = ({ pool, owner }: WantedSetup): string =>
  `The description of pool ${lastOf(pool)} leaves no room for rolebridge's marker ("${newDescription(owner)}"). Shorten it, and run this again.`;

/** The description of a pool that setup creates. */
const newDescription = (owner: WantedSetup['owner']): string =>
  String(markedDescription('', owner, { isAdopted: false }));

export const quotedOrNone = (text: string): string => (text === '' ? 'none' : `"${text}"`);

interface Presence {
  readonly isDeleted: boolean;
  readonly isDisabled: boolean;
}

/** Google can undelete for 30 days. */
export const undelete = (kind: 'Pool' | 'Provider', name: string, { isDeleted }: Presence): PlanPart =>
  isDeleted
    ? planPart({
        steps: [{ kind: `undelete${kind}`, name }],
        warnings: [
          `${kind} ${lastOf(name)} was deleted: once it is undeleted, members of it that are still in allow policies have access again.`,
        ],
      })
    : planPart({});

export const enable = (kind: 'Pool' | 'Provider', name: string, { isDisabled }: Presence): PlanPart =>
  isDisabled
    ? planPart({
        steps: [{ kind: `enable${kind}`, name }],
        warnings: [
          `${kind} ${lastOf(name)} is disabled, perhaps on purpose: once it is enabled, Google issues tokens again.`,
        ],
      })
    : planPart({});
