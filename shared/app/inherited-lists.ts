import { toFailure } from '../core/errors.ts';
import { type InheritedList, inheritedKey, writeInherited } from '../core/inherited.ts';
import { isDryRun } from '../core/mode.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import { accessOf } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/** A function that has just written a list may not have entered its site yet. */
const settleMilliseconds = 60 * 60 * 1000;

/**
 * Takes members that the ledger lists by now off the lists of those that were there before us: they are ours, and stay so even if
 * the ledger is lost. Removes lists whose site has left the scope.
 */
export const keepInherited = async (
  settings: Settings,
  ports: SweepPorts,
  { view, scope }: LoadedScope,
): Promise<readonly BlindSpot[]> => {
  if (view === undefined || isDryRun(settings.mode)) return [];
  const used = new Set(scope.flatMap(({ inherited }) => inherited ?? []));
  const ours = new Set(
    [...view.ledgers.values()].flatMap(({ entries }) =>
      entries.map((entry) => `${accessOf(entry)} ${entry.member}`),
    ),
  );
  const now = ports.clock.now().getTime();
  try {
    for (const list of view.inherited.values()) {
      const isStale = (member: string): boolean => ours.has(`${list.access} ${member}`);
      if (!used.has(list.id)) {
        if (now - Date.parse(list.at) >= settleMilliseconds) await replace(ports, view.revisions, list, []);
      } else if ([...list.open, ...list.kept].some(isStale)) {
        const open = list.open.filter((one) => !isStale(one));
        const kept = list.kept.filter((one) => !isStale(one));
        await replace(ports, view.revisions, list, writeInherited({ ...list, open, kept }));
      }
    }
    return [];
  } catch (thrown) {
    return [{ what: 'members that were bound before us, for later', reason: toFailure(thrown).message }];
  }
};

/** If someone else writes the list at the same time, the next sweep continues. The last part names how many there are. */
const replace = async (
  { table }: Pick<SweepPorts, 'table'>,
  revisions: ReadonlyMap<string, string>,
  { id }: InheritedList,
  items: ReturnType<typeof writeInherited>,
): Promise<void> => {
  for (const item of items) await table.write(item, revisions.get(itemKeyText(item)));
  for (let part = items.length + 1; ; part += 1) {
    const key = inheritedKey(id, part);
    const revision = revisions.get(itemKeyText(key));
    if (revision === undefined) return;
    await table.remove(key, revision);
  }
};
