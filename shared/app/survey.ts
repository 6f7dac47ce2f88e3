import type { StoredAnswer } from '../core/answer-item.ts';
import { type Brake, brakeOf, withhold } from '../core/brake.ts';
import { compare, type DriftedRole } from '../core/compare.ts';
import { readPublished } from '../core/credential-config.ts';
import type { Drift } from '../core/drift.ts';
import { PermanentError } from '../core/errors.ts';
import { roleText } from '../core/model.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import { roleNameOfParameter } from '../core/parameter-name.ts';
import { namesIn } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { nothingAllowed } from '../core/standing.ts';
import type { SweepPorts } from '../ports.ts';
import { withPools } from './pools.ts';
import { readSeenTable, type SeenTable, seenAgain } from './seen-table.ts';
import { type Seen, takeSnapshot } from './snapshot.ts';
import { emptiedTable, isTableEmptied } from './table-verdict.ts';
import { comesBack } from './unforeseen.ts';

/** Everything compared with everything, before anybody is told: what the sweep acts on, and `plan` shows. */
export interface Survey {
  /** With the pools that earlier files named. */
  readonly settings: Settings;
  readonly table: SeenTable;
  /** Someone emptied the table, and no person has answered for that yet. */
  readonly isTableEmptied: boolean;
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: StoredAnswer;
  readonly seen: Seen;
  readonly now: Date;
  /** Each role whose access is not what its tags say, with all that would repair it. */
  readonly drifted: readonly DriftedRole[];
  readonly brake: Brake;
  /** What of that the brake leaves. */
  readonly drifts: readonly Drift[];
  /** Parameters under our prefixes that are not ours. */
  readonly leftAlone: readonly ParameterPlace[];
}

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

/** @throws PermanentError where no account is configured. What cannot be looked at is a blind spot. */
export const survey = async (
  file: Settings,
  ports: SweepPorts,
  { approve }: { readonly approve?: string } = {},
): Promise<Survey> => {
  const accountId = file.accounts[0]?.id;
  if (accountId === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  const first = await readSeenTable(file, ports);
  const revokeAll = first.view?.revokeAll;
  const inPools = withPools(file, namesIn(first.scope, 'pool'));
  // As reconcile does while a person's `revoke --all` stands.
  const settings = revokeAll === undefined ? inPools : nothingAllowed(inPools);
  const taken = await takeSnapshot(settings, ports, first.scope, accountId, first.view);
  const table = await seenAgain(settings, ports, first, taken);
  const snapshot = { ...taken, table: table.view };
  const now = ports.clock.now();
  const { drifted, unclear } = compare(settings, snapshot, now);
  const notCompared = unclear.map(({ ref, error }) => ({
    what: roleText(ref),
    reason: comesBack(ports.logger, ref, 'compared', error).message,
  }));
  const isEmptied = isTableEmptied(settings, table, snapshot);
  const seen = {
    ...snapshot,
    blindSpots: [
      ...table.blindSpots,
      ...(isEmptied ? [emptiedTable] : []),
      ...snapshot.blindSpots,
      ...notCompared,
    ],
  };
  const brake = brakeOf(
    drifted.flatMap(({ revocations }) => revocations),
    {
      limit: revokeAll === undefined ? settings.sweep.maxRevocations : Number.POSITIVE_INFINITY,
      isWhole: seen.isRolesComplete,
      approvedHash: approve,
    },
  );
  const drifts = drifted.map((one) => toldDrift(one, brake, now)).filter(({ changes }) => changes.length > 0);
  return {
    settings,
    table,
    isTableEmptied: isEmptied,
    ...(revokeAll === undefined ? {} : { revokeAll }),
    seen,
    now,
    drifted,
    brake,
    drifts,
    leftAlone: leftAlone(settings, seen, drifted),
  };
};
