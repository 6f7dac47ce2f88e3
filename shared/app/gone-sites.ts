import { toFailure } from '../core/errors.ts';
import { isDryRun } from '../core/mode.ts';
import { goneSortKey, sweepPartition, type Watched, withGone, writeGone } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import { siteOfAccess } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import type { Snapshot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/**
 * Notes when the resource of a site is first seen to be gone, or with another owner: Google can restore it with our members, so the
 * site stays in the scope for that long. The note leaves when the resource is back. `table`: with the new notes.
 */
export const noteGone = async (
  settings: Settings,
  { table: items, clock }: Pick<SweepPorts, 'table' | 'clock'>,
  table: LoadedScope,
  { policies }: Pick<Snapshot, 'policies'>,
): Promise<{ readonly table: LoadedScope; readonly blindSpots: readonly BlindSpot[] }> => {
  const { view, scope } = table;
  if (view === undefined || isDryRun(settings.mode)) return { table, blindSpots: [] };
  const goneAt = clock.now().toISOString();
  const sites = scope.filter(({ kind, since }) => kind === 'site' && since !== undefined);
  const isNoted = ({ name }: Watched): boolean => view.gone.has(name);
  const gone = sites.filter((one) => !isNoted(one) && isThere(policies, one) === false);
  const back = sites.filter((one) => isNoted(one) && isThere(policies, one) === true);
  const notes = new Map([...view.gone, ...gone.map(({ name }) => [name, goneAt] as const)]);
  for (const { name } of back) notes.delete(name);
  const noted = { ...table, scope: withGone(scope, notes) };
  try {
    for (const { name } of gone)
      await items.write({ pk: sweepPartition, sk: goneSortKey(name), body: writeGone(name, goneAt) });
    for (const { name } of back) {
      const key = { pk: sweepPartition, sk: goneSortKey(name) };
      await items.remove(key, view.revisions.get(itemKeyText(key)) ?? '');
    }
    return { table: noted, blindSpots: [] };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return { table: noted, blindSpots: [{ what: 'that resources are gone, for later', reason }] };
  }
};

/** Undefined if that is not known. If strangers took a bucket's name, its owner can still restore it after them. */
const isThere = (policies: Snapshot['policies'], { name, owner }: Watched): boolean | undefined => {
  const found = policies.get(siteOfAccess(name).resource);
  switch (found?.kind) {
    case 'read':
      return found.owner === owner;
    case 'absent':
      return false;
    case 'unreadable':
    case undefined:
      return undefined;
  }
};
