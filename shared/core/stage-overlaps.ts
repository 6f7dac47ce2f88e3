import { accountIdsOf, homeOf, type Settings, watchedPrefixes } from './settings.ts';

/** One stage, by what must be its own. */
export interface StageResources {
  readonly stage: string;
  /** The account deployed to. */
  readonly accountId: string;
  /** Every account whose roles it serves. The stack of a stage that names its organization does not list them. */
  readonly accountIds: readonly string[] | 'unknown';
  /** Undefined if it is not known. */
  readonly pool?: { readonly project: string; readonly id: string };
  readonly prefixes: readonly string[];
  readonly tagKey?: string;
}

/** Two stages share something that each of them must have for itself. */
export interface StageOverlap {
  readonly path: readonly ['google', 'pool'] | readonly ['parameterPrefix'] | readonly ['tagKey'];
  readonly message: string;
}

/**
 * Lists everything that a stage shares with another one. The pool must be its own everywhere, because each stage removes members that its tags do
 * not ask for. Prefixes and tags must be its own within an AWS account, also within one that is home to neither.
 */
export const stageOverlaps = (own: StageResources, other: StageResources): readonly StageOverlap[] => [
  ...(own.pool !== undefined && own.pool.project === other.pool?.project && own.pool.id === other.pool.id
    ? [
        overlap(
          ['google', 'pool'],
          `stage ${other.stage} has the pool ${own.pool.id}, too, and each stage would remove the members of the other`,
        ),
      ]
    : []),
  ...placesShared(own, other).flatMap((place) => [
    ...prefixOverlaps(own, other, place),
    ...keyOverlaps(own, other, place),
  ]),
];

/** How to name an account that both stages serve: not at all for the common home, because everything is the same there. */
const placesShared = (own: StageResources, other: StageResources): readonly string[] => {
  if (own.accountId === other.accountId) return [''];
  if (own.accountIds === 'unknown' || other.accountIds === 'unknown') {
    const { stage } = own.accountIds === 'unknown' ? own : other;
    return [` wherever both serve an AWS account (those of stage ${stage} are not known)`];
  }
  const theirs = new Set(other.accountIds);
  const [first, ...more] = own.accountIds.filter((id) => theirs.has(id));
  if (first === undefined) return [];
  return [` in AWS account ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`];
};

const overlap = (path: StageOverlap['path'], message: string): StageOverlap => ({
  path,
  message: `${message}. Give this stage another one`,
});

const prefixOverlaps = (
  own: StageResources,
  other: StageResources,
  place: string,
): readonly StageOverlap[] => {
  for (const prefix of own.prefixes)
    for (const theirs of other.prefixes)
      if (contains(prefix, theirs) || contains(theirs, prefix))
        return [
          overlap(
            ['parameterPrefix'],
            `${prefix} overlaps ${theirs} of stage ${other.stage}${place}, and each stage would remove the parameters of the other`,
          ),
        ];
  return [];
};

const contains = (outer: string, inner: string): boolean => `${inner}/`.startsWith(`${outer}/`);

const keyOverlaps = (own: StageResources, other: StageResources, place: string): readonly StageOverlap[] =>
  own.tagKey === undefined || own.tagKey !== other.tagKey
    ? []
    : [
        overlap(
          ['tagKey'],
          `stage ${other.stage} reads the tags ${own.tagKey}${place}, too, and both would answer them`,
        ),
      ];

export const resourcesOf = (stage: string, settings: Settings): StageResources => ({
  stage,
  accountId: homeOf(settings),
  accountIds: accountIdsOf(settings),
  pool: { project: settings.google.project, id: settings.google.pool },
  prefixes: watchedPrefixes(settings),
  tagKey: settings.tagKey,
});
