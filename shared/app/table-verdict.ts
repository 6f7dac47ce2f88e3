import { RetryableError, toFailure } from '../core/errors.ts';
import { canRevoke } from '../core/mode.ts';
import { initializedKey, sweepPartition } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import { readVerdict, type TableVerdict, verdictSortKey, writeVerdict } from '../core/table-verdict.ts';
import type { TableView } from '../core/table-view.ts';
import type { ItemKey, SweepPorts } from '../ports.ts';
import type { BlindSpot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/**
 * Whether someone emptied the table, or its scope. A table that no sweep has judged yet shows itself that it was used before
 * the first binding, and lists every binding of ours. Where others bind in our pool, it cannot be judged; a verdict that
 * stands counts in every mode.
 */
export const isTableEmptied = ({ mode }: Settings, { view, isUnlisted }: LoadedScope): boolean => {
  if (view === undefined) return false;
  const { verdict, generation } = view;
  if (verdict !== undefined)
    return (
      verdict.verdict === 'emptied' || (verdict.generation !== undefined && verdict.generation !== generation)
    );
  return canRevoke(mode) && (view.hasFoundUnlisted || isUnlisted);
};

export const emptiedTable: BlindSpot = {
  what: 'what the ledger listed before it was emptied',
  reason:
    'Our pool has members, and the table does not know them. Projects, regions, prefixes and pools that only earlier configurations named may be forgotten: ' +
    'name them in rolebridge.yml again for one sweep, then run "rolebridge sweep --accept-table" (docs/operations.md, "The ledger is lost").',
};

const verdictKey: ItemKey = { pk: sweepPartition, sk: verdictSortKey };

/** Keeps the verdict of the first sweep that sees everything; a person's answer replaces it. */
export const keepVerdict = async (
  settings: Settings,
  { table, clock }: SweepPorts,
  { view }: LoadedScope,
  isEmptied: boolean,
  isComplete: boolean,
): Promise<readonly BlindSpot[]> => {
  // In upsert-only others may bind in our pool, so nothing can be concluded.
  if (view === undefined || !canRevoke(settings.mode)) return [];
  const next = nextVerdict(view, isEmptied, isComplete, clock.now());
  if (next === undefined) return [];
  try {
    const item = { ...verdictKey, body: writeVerdict(next) };
    await table.write(item, view.revisions.get(itemKeyText(verdictKey)));
    return [];
  } catch (thrown) {
    return [{ what: 'whether the table was emptied, for later', reason: toFailure(thrown).message }];
  }
};

/** Undefined where the verdict stays as it is. */
const nextVerdict = (
  { verdict, generation }: TableView,
  isEmptied: boolean,
  isComplete: boolean,
  now: Date,
): TableVerdict | undefined => {
  const judged = generation === undefined ? {} : { generation };
  if (verdict === undefined) {
    if (isEmptied) return { verdict: 'emptied', at: now.toISOString() };
    // An empty table of a deployment that has bound nothing yet is neither; and what was not seen may be bound and not listed.
    return generation === undefined || !isComplete
      ? undefined
      : { verdict: 'fresh', at: now.toISOString(), ...judged };
  }
  // A person has answered for a table whose scope was entered again only later.
  const isLate = verdict.verdict === 'answered' && verdict.generation === undefined;
  return isLate && generation !== undefined ? { ...verdict, ...judged } : undefined;
};

/** A person has answered for what may have been forgotten. @throws RetryableError where a sweep writes at the same time */
export const acceptTable = async (
  { table, clock }: SweepPorts,
  answeredBy: string,
): Promise<'kept' | 'needless'> => {
  const items = await table.read([verdictKey, initializedKey]);
  const itemAt = ({ sk }: ItemKey) => items.find((item) => item.sk === sk);
  const generation = itemAt(initializedKey)?.revision;
  const known = itemAt(verdictKey);
  const body = writeVerdict({
    verdict: 'answered',
    at: clock.now().toISOString(),
    answeredBy,
    ...(generation === undefined ? {} : { generation }),
  });
  if ((await table.write({ ...verdictKey, body }, known?.revision)).kind === 'lost')
    throw new RetryableError(
      'A sweep judges the table at the same time, so the answer was not kept. Try again.',
    );
  const before = known === undefined ? undefined : readVerdict(known.body);
  const isJudged = before?.verdict === 'fresh' || before?.verdict === 'answered';
  const isSame = before?.generation === undefined || before.generation === generation;
  return isJudged && isSame ? 'needless' : 'kept';
};
