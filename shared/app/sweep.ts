import type { Brake } from '../core/brake.ts';
import { type Drift, driftDetail } from '../core/drift.ts';
import { heldDetail } from '../core/held.ts';
import { principalCount } from '../core/iam-policy.ts';
import { writesNothing } from '../core/mode.ts';
import type { ParameterPlace } from '../core/observed.ts';
import { currentOwnership, type PoolOwnership } from '../core/ownership.ts';
import type { Watched } from '../core/scope.ts';
import { emailOfResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { SweepRequest } from '../core/sweep-request.ts';
import type { SweepPorts } from '../ports.ts';
import { isClean } from './clean.ts';
import { updateScope } from './seen-table.ts';
import type { Seen, Unseen } from './snapshot.ts';
import { survey } from './survey.ts';
import { acceptTable, keepVerdict } from './table-verdict.ts';

export interface PolicySize {
  readonly email: string;
  readonly principals: number;
}

export interface SweepReport {
  readonly rolesSeen: number;
  readonly parametersSeen: number;
  /** Allow policies of service accounts. */
  readonly policiesRead: number;
  /** The policy with the most principals, of Google's limit of 1,500; missing where no policy was read. */
  readonly fullestPolicy?: PolicySize;
  /** Service accounts that tags ask for and whose owners did not opt in, as Google confirms. */
  readonly notOptedIn: number;
  /** Service accounts that rolebridge may not read and that no tag and no ledger entry names. */
  readonly notReadable: number;
  /** Whose the pool is, by its marker. */
  readonly pool: PoolOwnership['kind'];
  /** The roles that reconcile was told of. */
  readonly drifts: readonly Drift[];
  readonly brake: Brake;
  readonly blindSpots: readonly Unseen[];
  /** Someone emptied the ledger's table, and no person has answered for that yet. */
  readonly isTableEmptied: boolean;
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly ParameterPlace[];
  /** What the file no longer names, or names as former, and that is not clean yet. */
  readonly dropped: readonly Watched[];
}

/** What whoever invoked the function by hand gets to see. `drifted`: roles that reconcile was told of. */
export type SweepAnswer = Omit<SweepReport, 'drifts'> & { readonly drifted: number };

const fullestPolicy = ({ policies }: Seen): PolicySize | undefined =>
  [...policies]
    .flatMap(([resource, observed]) =>
      observed.kind === 'read'
        ? [{ email: emailOfResource(resource), principals: principalCount(observed.policy) }]
        : [],
    )
    .toSorted((a, b) => b.principals - a.principals)[0];

/**
 * Compares everything with everything, and tells reconcile of each role whose access is not what its tags say.
 * It changes no access itself, so that access has one code path.
 * @throws RetryableError or PermanentError where the drifts could not be told.
 */
export const sweep = async (
  settings: Settings,
  ports: SweepPorts,
  options: SweepRequest = {},
): Promise<SweepReport> => {
  if (options.accept === 'table') await acceptTable(ports);
  const found = await survey(settings, ports, options);
  const { settings: inPools, table, seen, now, drifted, brake, drifts, leftAlone } = found;
  await ports.sink.drifts(drifts.map((drift) => driftDetail(drift, now)));
  if (brake.kind === 'held')
    await ports.sink.held(
      heldDetail(
        brake,
        drifted.flatMap(({ revocations }) => revocations),
        writesNothing(settings.mode),
        now,
      ),
    );
  const clean = table.scope.filter((one) => isClean(inPools, seen, table.scope, one));
  // What an emptied table would have said of it, nobody knows: nothing is forgotten.
  const { left, blindSpots } = await updateScope(settings, ports, table, found.isTableEmptied ? [] : clean);
  const unkept = await keepVerdict(settings, ports, table, found.isTableEmptied);
  const fullest = fullestPolicy(seen);
  return {
    rolesSeen: seen.roles.length,
    parametersSeen: seen.parameters.flatMap(({ parameters }) => parameters).length,
    policiesRead: [...seen.policies.values()].filter(({ kind }) => kind === 'read').length,
    ...(fullest === undefined ? {} : { fullestPolicy: fullest }),
    notOptedIn: seen.notOptedIn.length,
    notReadable: seen.notReadable.length,
    pool: currentOwnership(settings, seen.ownerships).kind,
    drifts,
    brake,
    blindSpots: [...blindSpots, ...unkept, ...seen.blindSpots],
    isTableEmptied: found.isTableEmptied,
    leftAlone,
    dropped: left.filter((one) => one.isFormer !== true || !clean.includes(one)),
  };
};
