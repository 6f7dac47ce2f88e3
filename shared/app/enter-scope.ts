import { RetryableError } from '../core/errors.ts';
import {
  initializedSortKey,
  scopePartition,
  scopeSortKey,
  usedScope,
  writeInitialized,
  writeScopeEntry,
} from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import type { Ports } from '../ports.ts';

/**
 * Enters all that the configuration names into the table, so that a later configuration cannot forget what this one used.
 * What this container has entered, it does not enter again. @throws Failure: then nothing may be bound or published.
 */
export const enterScope = async (
  settings: Settings,
  { table, clock, entered }: Pick<Ports, 'table' | 'clock' | 'entered'>,
): Promise<void> => {
  const now = clock.now();
  const items = [
    ...usedScope(settings).map((entry) => ({
      pk: scopePartition,
      sk: scopeSortKey(entry),
      body: writeScopeEntry(entry, now),
    })),
    { pk: scopePartition, sk: initializedSortKey, body: writeInitialized(now) },
  ].filter((item) => !entered.has(itemKeyText(item)));
  if (items.length === 0) return;
  const known = new Set((await table.read(items)).map(itemKeyText));
  for (const item of items) {
    // Another container may have entered it in between: then it is there.
    if (!known.has(itemKeyText(item)) && (await table.write(item)).kind === 'lost')
      if ((await table.read([item])).length === 0)
        throw new RetryableError(`${itemKeyText(item)} could not be entered into the table.`);
    entered.add(itemKeyText(item));
  }
};
