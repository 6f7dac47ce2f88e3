import { isDeepStrictEqual } from 'node:util';
import { RetryableError, toFailure } from '../core/errors.ts';
import { rolePartition } from '../core/ledger.ts';
import { canRevoke } from '../core/mode.ts';
import { initializedKey } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText } from '../core/table-item.ts';
import {
  fittingUnseen,
  isNothingUnseen,
  isOpen,
  isSameGeneration,
  readVerdict,
  stillUnseen,
  type TableVerdict,
  type Unseen,
  verdictKey,
  writeVerdict,
} from '../core/table-verdict.ts';
import type { TableView } from '../core/table-view.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import type { Snapshot } from './snapshot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/**
 * Whether someone emptied the table, or its scope. A table that no sweep has judged yet shows itself that it was used before
 * the first binding, and lists every binding of ours. Where others bind in our pool, it cannot be judged; a verdict that
 * stands counts in every mode.
 */
export const isTableEmptied = (
  { mode }: Pick<Settings, 'mode'>,
  { view, isUnlisted }: Pick<LoadedScope, 'view' | 'isUnlisted'>,
): boolean => {
  if (view === undefined) return false;
  const { verdict, generation } = view;
  if (verdict?.verdict === 'emptied' || (verdict !== undefined && !isSameGeneration(verdict, generation)))
    return true;
  return canRevoke(mode) && isOpen(view) && (view.hasFoundUnlisted || isUnlisted === true);
};

export const emptiedTable: BlindSpot = {
  what: 'what the ledger listed before it was emptied',
  reason:
    'Our pool has members, and the table does not know them. Projects, regions, prefixes and pools that only earlier configurations named may be forgotten: ' +
    'name them in rolebridge.yml again for one sweep, then run "rolebridge sweep --accept-table" (docs/operations.md, "The ledger is lost").',
};

/** Keeps the verdict of the first sweep that could judge the table, with what that did not see; a person's answer replaces it. */
export const keepVerdict = async (
  settings: Settings,
  { table, clock }: SweepPorts,
  loaded: LoadedScope,
  seen: Snapshot,
  isEmptied: boolean,
): Promise<readonly BlindSpot[]> => {
  const { view } = loaded;
  // In upsert-only others may bind in our pool, so nothing can be concluded.
  if (view === undefined || !canRevoke(settings.mode)) return [];
  const next = nextVerdict(view, settings, isEmptied, isJudgeable(loaded) ? seen : undefined, clock.now());
  if (next === undefined) return [];
  try {
    const item = { ...verdictKey, body: writeVerdict(next) };
    await table.write(item, view.revisions.get(itemKeyText(verdictKey)));
    return [];
  } catch (thrown) {
    return [{ what: 'whether the table was emptied, for later', reason: toFailure(thrown).message }];
  }
};

/** If an item of the scope could not be read, no one knows the names of what was not seen. */
const isJudgeable = ({ view, isUnlisted }: LoadedScope): boolean =>
  isUnlisted !== undefined && view?.unreadable.every((name) => name.startsWith(rolePartition)) === true;

/** Undefined where the verdict stays as it is. `seen`: missing where nothing can be concluded. */
const nextVerdict = (
  view: TableView,
  settings: Settings,
  isEmptied: boolean,
  seen: Snapshot | undefined,
  now: Date,
): TableVerdict | undefined => {
  const { verdict, generation } = view;
  const judged = generation === undefined ? {} : { generation };
  if (verdict?.verdict === 'answered') {
    // A person has answered for a table whose scope was entered again only later.
    const isLate = verdict.generation === undefined && generation !== undefined;
    return isLate ? { ...verdict, ...judged } : undefined;
  }
  if (isEmptied)
    return verdict?.verdict === 'emptied' ? undefined : { verdict: 'emptied', at: now.toISOString() };
  // The empty table of a deployment that has bound nothing yet is neither.
  if (!isOpen(view) || seen === undefined || generation === undefined) return undefined;
  const unseen = unseenAfter(view, settings, seen);
  if (unseen === undefined || isDeepStrictEqual(unseen, verdict?.unseen)) return undefined;
  const at = verdict?.at ?? now.toISOString();
  return { verdict: 'fresh', at, ...judged, ...(isNothingUnseen(unseen) ? {} : { unseen }) };
};

const unseenAfter = (
  { verdict, unreadableRoles }: TableView,
  settings: Settings,
  seen: Snapshot,
): Unseen | undefined => {
  const { policies, projects, ownerships, unseen, notReadable, notOptedIn, own, listedAccounts } = seen;
  const unread = [...policies].flatMap(([resource, { kind }]) => (kind === 'unreadable' ? [resource] : []));
  const hidden = own === undefined || own.bindings !== undefined ? [] : [own.resource];
  const now: Unseen = {
    resources: [...unseen, ...notReadable, ...notOptedIn, ...unread, ...hidden],
    projects: projects.flatMap(({ project, isComplete }) => (isComplete ? [] : [project])),
    pools: [...ownerships].flatMap(([pool, { kind }]) => (kind === 'ours' ? [] : [pool])),
    roles: [...unreadableRoles],
    accounts: settings.accounts.map(({ id }) => id).filter((id) => !listedAccounts.has(id)),
  };
  const isSeen = (kind: keyof Unseen, name: string): boolean => {
    switch (kind) {
      case 'resources':
        return policies.get(name)?.kind === 'read' || (own?.resource === name && own.bindings !== undefined);
      case 'projects':
        return projects.some(({ project, isComplete }) => project === name && isComplete);
      case 'pools':
        return ownerships.get(name)?.kind === 'ours';
      case 'roles':
        return !unreadableRoles.has(name);
      case 'accounts':
        return listedAccounts.has(name);
    }
  };
  return fittingUnseen(stillUnseen(verdict?.unseen, now, isSeen));
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
  return isJudged && isSameGeneration(before, generation) ? 'needless' : 'kept';
};
