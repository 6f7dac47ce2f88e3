import { type Brake, brakeOf, withhold } from '../core/brake.ts';
import { compare, type DriftedRole } from '../core/compare.ts';
import { readPublished } from '../core/credential-config.ts';
import { type Drift, driftDetail } from '../core/drift.ts';
import { PermanentError, toFailure } from '../core/errors.ts';
import { heldDetail } from '../core/held.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { writesNothing } from '../core/mode.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import { roleNameOfParameter } from '../core/parameter-name.ts';
import { rememberedScope, type Scope, type Watched, watchedScope, writeScope } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepPorts } from '../ports.ts';
import { type Seen, takeSnapshot, type Unseen } from './snapshot.ts';

export interface SweepReport {
  readonly rolesSeen: number;
  readonly parametersSeen: number;
  /** Allow policies of service accounts. */
  readonly policiesRead: number;
  /** Service accounts whose owners did not opt in. */
  readonly notOptedIn: number;
  /** The roles that reconcile was told of. */
  readonly drifts: readonly Drift[];
  readonly brake: Brake;
  readonly blindSpots: readonly Unseen[];
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly ParameterPlace[];
  /** What the file no longer names, or names as former, and that is not clean yet. */
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

/** A scope that cannot be written is a blind spot of later sweeps: it must not keep this one from its work. */
const remember = async (
  settings: Settings,
  ports: SweepPorts,
  before: Scope | undefined,
  scope: Scope,
): Promise<readonly Unseen[]> => {
  const isKnown = before === undefined || writeScope(before) === writeScope(scope);
  if (isKnown || writesNothing(settings.mode)) return [];
  try {
    await ports.scope.write(scope);
    return [];
  } catch (thrown) {
    return [{ what: 'what this configuration names, for later', reason: toFailure(thrown).message }];
  }
};

/** Accounts of a project that the file does not name under another spelling (its number, its id). */
const droppedResources = (seen: Seen, scope: Scope, project: string): readonly string[] => {
  const current = new Set(
    scope
      .filter(({ kind, droppedAt }) => kind === 'project' && droppedAt === undefined)
      .map(({ name }) => name),
  );
  const kept = new Set(seen.projects.flatMap((one) => (current.has(one.project) ? one.resources : [])));
  return seen.projects
    .flatMap((one) => (one.project === project ? one.resources : []))
    .filter((resource) => !kept.has(resource));
};

/** Whether nothing of ours is left in something that the file no longer names, and all of it was seen. */
const isClean = (settings: Settings, seen: Seen, scope: Scope, { kind, name }: Watched): boolean => {
  switch (kind) {
    case 'project': {
      const isFree = (resource: string): boolean => {
        const policy = seen.policies.get(resource);
        if (seen.unseen.has(resource) || policy?.kind === 'unreadable') return false;
        return policy?.kind !== 'read' || ourBindings(settings, policy.policy).length === 0;
      };
      const isSeen = seen.projects.every(({ project, seen: how }) => project !== name || how !== 'partly');
      return isSeen && droppedResources(seen, scope, name).every(isFree);
    }
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

/** What is told of a drifted role: what the brake leaves of it. */
const toldDrift = ({ drift, holder, revocations }: DriftedRole, brake: Brake, now: Date): Drift => {
  const released = brake.kind === 'released' ? revocations.map(({ resource }) => resource) : [];
  return { ...drift, released, changes: withhold(drift.changes, released, holder, now) };
};

/**
 * Compares everything with everything, and tells reconcile of each role whose access is not what its tags say.
 * It changes no access itself, so that access has one code path.
 * @throws RetryableError or PermanentError where the drifts could not be told.
 */
export const sweep = async (
  settings: Settings,
  ports: SweepPorts,
  { approve }: { readonly approve?: string } = {},
): Promise<SweepReport> => {
  const accountId = settings.accounts[0]?.id;
  if (accountId === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  const { scope, before, blindSpots } = await recall(settings, ports);
  // What is used from now on is remembered from now on.
  const first = rememberedScope(scope, [], ports.clock.now());
  const unwritten = [...(await remember(settings, ports, before, first))];

  const seen = await takeSnapshot(settings, ports, scope, accountId);
  const now = ports.clock.now();
  const drifted = compare(settings, seen, now);
  const revocations = drifted.flatMap((one) => one.revocations);
  const brake = brakeOf(revocations, {
    limit: settings.sweep.maxRevocations,
    isWhole: seen.isRolesComplete,
    approvedHash: approve,
  });
  const drifts = drifted.map((one) => toldDrift(one, brake, now)).filter(({ changes }) => changes.length > 0);

  await ports.sink.drifts(drifts.map((drift) => driftDetail(drift, now)));
  if (brake.kind === 'held')
    await ports.sink.held(heldDetail(brake, revocations, writesNothing(settings.mode), now));
  const left = scope.filter(({ droppedAt, isFormer }) => droppedAt !== undefined || isFormer === true);
  const clean = left.filter((one) => isClean(settings, seen, scope, one));
  const rest = rememberedScope(scope, clean, now);
  if (unwritten.length === 0)
    unwritten.push(...(await remember(settings, ports, before === undefined ? undefined : first, rest)));
  return {
    rolesSeen: seen.roles.length,
    parametersSeen: seen.parameters.flatMap(({ parameters }) => parameters).length,
    policiesRead: [...seen.policies.values()].filter(({ kind }) => kind === 'read').length,
    notOptedIn: seen.notOptedIn.length,
    drifts,
    brake,
    blindSpots: [...blindSpots, ...unwritten, ...seen.blindSpots],
    leftAlone: leftAlone(settings, seen, drifted),
    dropped: left.filter((one) => rest.includes(one) || (one.isFormer === true && !clean.includes(one))),
  };
};
