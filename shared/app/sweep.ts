import { type Brake, brakeOf, type Revocation, withhold } from '../core/brake.ts';
import { compare, type DriftedRole } from '../core/compare.ts';
import { readPublished } from '../core/credential-config.ts';
import { type Drift, driftDetail } from '../core/drift.ts';
import { PermanentError, toFailure } from '../core/errors.ts';
import { heldDetail } from '../core/held.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { writesNothing } from '../core/mode.ts';
import { roleKey } from '../core/model.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import { roleNameOfParameter } from '../core/parameter-name.ts';
import { rememberedScope, type Scope, type Watched, watchedScope } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepPorts } from '../ports.ts';
import { type Seen, takeSnapshot, type Unseen } from './snapshot.ts';

export interface SweepReport {
  readonly rolesSeen: number;
  readonly parametersSeen: number;
  readonly serviceAccountsSeen: number;
  /** Service accounts whose owners did not opt in. */
  readonly notOptedIn: number;
  /** The roles that reconcile was told of. */
  readonly drifts: readonly Drift[];
  readonly brake: Brake;
  readonly blindSpots: readonly Unseen[];
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly ParameterPlace[];
  /** What the file no longer names and the sweep still watches. */
  readonly dropped: readonly Watched[];
}

interface Remembered {
  readonly scope: Scope;
  /** Undefined where it could not be read: then it is not written either. */
  readonly before?: Scope;
  readonly blindSpots: readonly Unseen[];
}

const recall = async (settings: Settings, ports: SweepPorts): Promise<Remembered> => {
  const now = ports.clock.now();
  try {
    const before = await ports.scope.read();
    return { scope: watchedScope(settings, before, now), before, blindSpots: [] };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return {
      scope: watchedScope(settings, [], now),
      blindSpots: [{ what: 'what earlier configurations named', reason }],
    };
  }
};

const remember = async (
  settings: Settings,
  ports: SweepPorts,
  before: Scope | undefined,
  scope: Scope,
): Promise<void> => {
  const isKnown = before === undefined || JSON.stringify(before) === JSON.stringify(scope);
  if (!isKnown && !writesNothing(settings.mode)) await ports.scope.write(scope);
};

/** Whether nothing of ours is left in something that the file no longer names, and all of it was seen. */
const isClean = (settings: Settings, seen: Seen, { kind, name }: Watched): boolean => {
  switch (kind) {
    case 'project':
      return seen.projects
        .filter(({ project }) => project === name)
        .every(({ isComplete, resources }) => {
          const isFree = (resource: string): boolean => {
            const policy = seen.policies.get(resource);
            if (seen.unseen.has(resource) || policy?.kind === 'unreadable') return false;
            return policy?.kind !== 'read' || ourBindings(settings, policy.policy).length === 0;
          };
          return isComplete && resources.every(isFree);
        });
    case 'region':
    case 'prefix':
      return seen.parameters
        .filter(({ region, prefix }) => (kind === 'region' ? region : prefix) === name)
        .every(
          ({ isComplete, parameters }) =>
            isComplete && !parameters.some(({ value }) => readPublished(settings, value).kind === 'ours'),
        );
  }
};

/** Parameters that are not ours, and copies of ours at names that no role has: they are told, and stay. */
const leftAlone = (
  settings: Settings,
  seen: Seen,
  drifted: readonly DriftedRole[],
): readonly ParameterPlace[] => {
  const touched = new Set(
    drifted.flatMap(({ drift }) =>
      drift.changes.flatMap((change) => ('region' in change ? [placeKey(change)] : [])),
    ),
  );
  return seen.parameters.flatMap(({ region, prefix, parameters }) =>
    parameters
      .filter(
        ({ name, value }) =>
          readPublished(settings, value).kind === 'foreign' ||
          roleNameOfParameter(prefix, name) === undefined,
      )
      .map(({ name }) => ({ region, name }))
      .filter((place) => !touched.has(placeKey(place))),
  );
};

/** What is told of a drifted role: all of it, or what the brake leaves. */
const toldDrift = (
  { drift, desired }: DriftedRole,
  brake: Brake,
  revocations: readonly Revocation[],
): Drift => {
  if (brake.kind === 'released') return drift;
  // Reconcile looks at whatever spelling of the name IAM knows, and so may it not revoke there.
  const name = roleKey(drift.ref).toLowerCase();
  const ofName = revocations.filter(({ role }) => roleKey(role).toLowerCase() === name);
  const held = [...new Set(ofName.map(({ resource }) => resource))];
  return { ...drift, held, changes: withhold(drift.changes, held, desired) };
};

/**
 * Compares everything with everything, and tells reconcile of each role whose access is not what its tags say.
 * It changes no access itself, so that access has one code path.
 * @throws RetryableError or PermanentError where the drifts could not be told, or the scope not be written.
 */
export const sweep = async (
  settings: Settings,
  ports: SweepPorts,
  { approve }: { readonly approve?: string } = {},
): Promise<SweepReport> => {
  const accountId = settings.accounts[0]?.id;
  if (accountId === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  const { scope, before, blindSpots } = await recall(settings, ports);
  await remember(settings, ports, before, scope);

  const seen = await takeSnapshot(settings, ports, scope, accountId);
  const now = ports.clock.now();
  const drifted = compare(settings, seen, now);
  const revocations = drifted.flatMap((one) => one.revocations);
  const brake = brakeOf(revocations, settings.sweep.maxRevocations, approve);
  const drifts = drifted
    .map((one) => toldDrift(one, brake, revocations))
    .filter(({ changes }) => changes.length > 0);

  await ports.sink.drifts(drifts.map((drift) => driftDetail(drift, now)));
  if (brake.kind === 'held')
    await ports.sink.held(heldDetail(brake, revocations, writesNothing(settings.mode), now));
  const clean = scope.filter((one) => one.droppedAt !== undefined && isClean(settings, seen, one));
  const rest = rememberedScope(scope, clean, now);
  await remember(settings, ports, before === undefined ? undefined : scope, rest);
  return {
    rolesSeen: seen.roles.length,
    parametersSeen: seen.parameters.flatMap(({ parameters }) => parameters).length,
    serviceAccountsSeen: seen.policies.size,
    notOptedIn: seen.notOptedIn.length,
    drifts,
    brake,
    blindSpots: [...blindSpots, ...seen.blindSpots],
    leftAlone: leftAlone(settings, seen, drifted),
    dropped: rest.filter(({ droppedAt }) => droppedAt !== undefined),
  };
};
