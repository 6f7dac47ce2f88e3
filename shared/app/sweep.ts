import { type Brake, brakeOf, withhold } from '../core/brake.ts';
import { compare, type DriftedRole } from '../core/compare.ts';
import { readPublished } from '../core/credential-config.ts';
import { type Drift, driftDetail } from '../core/drift.ts';
import { PermanentError } from '../core/errors.ts';
import { heldDetail } from '../core/held.ts';
import { writesNothing } from '../core/mode.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import { roleNameOfParameter } from '../core/parameter-name.ts';
import type { Watched } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepPorts } from '../ports.ts';
import { isClean } from './clean.ts';
import { recallScope } from './scope-memory.ts';
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

/** What whoever invoked the function by hand gets to see. `drifted`: roles that reconcile was told of. */
export type SweepAnswer = Omit<SweepReport, 'drifts'> & { readonly drifted: number };

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
  const memory = await recallScope(settings, ports);
  const seen = await takeSnapshot(settings, ports, memory.scope, accountId);
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
  const left = memory.scope.filter(({ droppedAt, isFormer }) => droppedAt !== undefined || isFormer === true);
  const clean = left.filter((one) => isClean(settings, seen, memory.scope, one));
  const { scope: rest, blindSpots } = await memory.forget(clean);
  return {
    rolesSeen: seen.roles.length,
    parametersSeen: seen.parameters.flatMap(({ parameters }) => parameters).length,
    policiesRead: [...seen.policies.values()].filter(({ kind }) => kind === 'read').length,
    notOptedIn: seen.notOptedIn.length,
    drifts,
    brake,
    blindSpots: [...blindSpots, ...seen.blindSpots],
    leftAlone: leftAlone(settings, seen, drifted),
    dropped: left.filter((one) => (one.isFormer === true ? !clean.includes(one) : rest.includes(one))),
  };
};
