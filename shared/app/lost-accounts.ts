import { toFailure } from '../core/errors.ts';
import { isDryRun } from '../core/mode.ts';
import { lostSortKey, sweepPartition, withLosses, writeLost } from '../core/scope.ts';
import { isServiceAccountResource, projectOfResource, type ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import type { Snapshot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/** `table`: with the new notes. */
export interface LostAccounts {
  readonly isNoted: boolean;
  readonly table: LoadedScope;
  readonly blindSpots: readonly BlindSpot[];
}

/** An account stays listed until reconcile has dropped it, so the note need not be written with every sweep. */
const noteMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Notes that a project has lost an account that the ledger lists: for 30 days Google can restore it, with its bindings, so
 * its project stays in the scope. Without the note, reconcile must not drop the account's entries yet.
 */
export const noteLost = async (
  settings: Settings,
  ports: SweepPorts,
  table: LoadedScope,
  seen: Snapshot,
): Promise<LostAccounts> => {
  const { view } = table;
  if (view === undefined || isDryRun(settings.mode)) return { isNoted: true, table, blindSpots: [] };
  const listed = [...view.ledgers.values()].flatMap(({ entries }) => entries.map(({ resource }) => resource));
  const absent = listed.filter(
    (resource) => isServiceAccountResource(resource) && seen.policies.get(resource)?.kind === 'absent',
  );
  const names = new Set(absent.flatMap((resource) => projectNames(seen, resource)));
  const now = ports.clock.now();
  const lostAt = now.toISOString();
  const losses = new Map([...view.lost, ...[...names].map((name) => [name, lostAt] as const)]);
  const noted = { ...table, scope: withLosses(table.scope, losses) };
  const isOld = (name: string): boolean =>
    now.getTime() - Date.parse(view.lost.get(name) ?? '1970-01-01') >= noteMilliseconds;
  try {
    for (const name of [...names].filter(isOld)) {
      const key = { pk: sweepPartition, sk: lostSortKey(name) };
      await ports.table.write({ ...key, body: writeLost(name, now) }, view.revisions.get(itemKeyText(key)));
    }
    return { isNoted: true, table: noted, blindSpots: [] };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return {
      isNoted: false,
      table: noted,
      blindSpots: [{ what: 'that service accounts are gone, for later', reason }],
    };
  }
};

/** The scope may name the project by its number, too. */
const projectNames = ({ projects }: Snapshot, resource: ResourceName): readonly string[] => {
  const id = projectOfResource(resource);
  const others = projects.filter(({ resources }) =>
    resources.some((other) => other.startsWith(`projects/${id}/`)),
  );
  return [id, ...others.map(({ project }) => project)];
};
