import { takesAway } from '../mode.ts';
import type { ObservedSetup } from './observed.ts';
import { type Part, part, together } from './part.ts';
import { adoptedDescription, adoptedMarker, ownershipOf, poolMarker } from './pool-marker.ts';
import { lastOf } from './step.ts';
import type { WantedSetup } from './wanted.ts';

export const quotedOrNone = (text: string): string => (text === '' ? 'none' : `"${text}"`);

interface Sleep {
  readonly isDeleted: boolean;
  readonly isDisabled: boolean;
}

/** Brings back what was deleted less than 30 days ago. */
export const undelete = (kind: 'Pool' | 'Provider', name: string, { isDeleted }: Sleep): Part =>
  isDeleted
    ? part({
        steps: [{ kind: `undelete${kind}`, name }],
        warnings: [
          `${kind} ${lastOf(name)} was deleted: once it is undeleted, members of it that are still in allow policies have access again.`,
        ],
      })
    : part({});

export const enable = (kind: 'Pool' | 'Provider', name: string, { isDisabled }: Sleep): Part =>
  isDisabled
    ? part({
        steps: [{ kind: `enable${kind}`, name }],
        warnings: [
          `${kind} ${lastOf(name)} is disabled, and somebody may have meant it: once it is enabled, Google gives tokens again.`,
        ],
      })
    : part({});

const notOurs = (name: string, project: string, description: string): string =>
  `Pool ${lastOf(name)} of project ${project} is there, and rolebridge did not make it (its description: ${quotedOrNone(description)}). ` +
  'Name another one in google.pool of rolebridge.yml, or take it over with --adopt: rolebridge then adds its members, and takes none away (mode: upsert-only).';

const adopt = (name: string, before: string): Part => {
  const description = adoptedDescription(before);
  return description === undefined
    ? part({
        refusals: [
          `The description of pool ${lastOf(name)} leaves no room for rolebridge's marker ("${adoptedMarker}"). Shorten it, and run this again.`,
        ],
      })
    : part({ steps: [{ kind: 'describePool', name, description, before }] });
};

/** An adopted pool in mode sync: members of others would be taken for ours. */
const endangered = (name: string): Part =>
  part({
    warnings: [
      `Pool ${lastOf(name)} was adopted, and mode in rolebridge.yml is sync: rolebridge takes away every aws_role member of it that no tag explains. Set mode: upsert-only, unless nobody else uses the pool.`,
    ],
  });

export const planPool = (
  { pool: name, options, settings: { google, mode } }: WantedSetup,
  { pool }: ObservedSetup,
): Part => {
  if (pool.kind === 'absent') return part({ steps: [{ kind: 'createPool', name, description: poolMarker }] });
  const ownership = ownershipOf(pool.description);
  if (ownership === 'foreign' && !options.adopts)
    return part({ refusals: [notOurs(name, google.project, pool.description)] });
  return together([
    undelete('Pool', name, pool),
    ...(ownership === 'foreign' ? [adopt(name, pool.description)] : []),
    ...(ownership === 'adopted' && takesAway(mode) ? [endangered(name)] : []),
    enable('Pool', name, pool),
  ]);
};
