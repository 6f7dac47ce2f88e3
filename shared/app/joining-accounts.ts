import { toFailure } from '../core/errors.ts';
import { isDryRun } from '../core/mode.ts';
import { reachedKey, writeReached } from '../core/reached-accounts.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import type { Snapshot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/** An AWS account of rolebridge.yml that the functions have never reached. */
export interface JoiningAccount {
  readonly accountId: string;
  readonly reason: string;
}

/** Why nothing could be read in an account that is joining: no alarm rings for it, until it was reached once. */
export const joiningAccounts = (
  settings: Settings,
  { view }: LoadedScope,
  { listedAccounts, blindSpotsOfAccounts }: Snapshot,
): readonly JoiningAccount[] =>
  // Without the table, it is not known which accounts were reached.
  view === undefined
    ? []
    : [...blindSpotsOfAccounts].flatMap(([accountId, [first]]) =>
        first === undefined ||
        accountId === homeOf(settings) ||
        listedAccounts.has(accountId) ||
        view.reached.has(accountId)
          ? []
          : [{ accountId, reason: first.reason }],
      );

/** Remembers the accounts that were reached for the first time. */
export const keepReached = async (
  settings: Settings,
  { table }: SweepPorts,
  { view }: LoadedScope,
  { listedAccounts }: Snapshot,
): Promise<readonly BlindSpot[]> => {
  if (view === undefined || isDryRun(settings.mode)) return [];
  const configured = settings.accounts.map(({ id }) => id);
  const joining = configured.filter(
    (id) => id !== homeOf(settings) && listedAccounts.has(id) && !view.reached.has(id),
  );
  if (joining.length === 0) return [];
  // One that has left the file may join again.
  const known = [...view.reached].filter((id) => configured.includes(id));
  try {
    const item = { ...reachedKey, body: writeReached([...known, ...joining]) };
    await table.write(item, view.revisions.get(itemKeyText(reachedKey)));
    return [];
  } catch (thrown) {
    return [{ what: 'which accounts were reached, for later', reason: toFailure(thrown).message }];
  }
};
