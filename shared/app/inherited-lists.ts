import { listedAccess, memberKey } from '../core/adopt.ts';
import { toFailure } from '../core/errors.ts';
import { type InheritedList, inheritedKey, writeInherited } from '../core/inherited.ts';
import { isDryRun } from '../core/mode.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
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
  // At a site that the file no longer names, access ends, and its list goes with it.
  const named = new Set(
    scope.flatMap(({ inherited, droppedAt }) => (droppedAt === undefined ? (inherited ?? []) : [])),
  );
  const ours = listedAccess(view);
  const now = ports.clock.now().getTime();
  try {
    for (const list of view.inherited.values()) {
      const isStale = (member: string): boolean => ours.has(memberKey(list.access, member));
      if (!used.has(list.id)) {
        if (now - Date.parse(list.at) >= settleMilliseconds)
          await replaceList(ports, view.revisions, list, []);
      } else if (named.has(list.id) && [...list.open, ...list.kept].some(isStale)) {
        const open = list.open.filter((one) => !isStale(one));
        const kept = list.kept.filter((one) => !isStale(one));
        await replaceList(ports, view.revisions, list, writeInherited({ ...list, open, kept }));
      }
    }
    return [];
  } catch (thrown) {
    return [{ what: 'members that were bound before us, for later', reason: toFailure(thrown).message }];
  }
};

/**
 * Whether all parts were written. If someone else writes the list at the same time, the next sweep continues. The last part
 * names how many there are.
 */
export const replaceList = async (
  { table }: Pick<SweepPorts, 'table'>,
  revisions: ReadonlyMap<string, string>,
  { id }: InheritedList,
  items: ReturnType<typeof writeInherited>,
): Promise<boolean> => {
  let isWritten = true;
  for (const item of items)
    isWritten = (await table.write(item, revisions.get(itemKeyText(item)))).kind !== 'lost' && isWritten;
  for (let part = items.length + 1; ; part += 1) {
    const key = inheritedKey(id, part);
    const revision = revisions.get(itemKeyText(key));
    if (revision === undefined) return isWritten;
    await table.remove(key, revision);
  }
};
