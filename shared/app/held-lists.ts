import { approvalKey, isGood } from '../core/answer-item.ts';
import { toFailure } from '../core/errors.ts';
import { isHeld } from '../core/held.ts';
import { type HeldPart, heldPartitionOf, readHeldLists, writeHeldList } from '../core/held-list.ts';
import { heldNowKey, writeHeldNow } from '../core/held-now.ts';
import { isDryRun } from '../core/mode.ts';
import { type AccountLimit, revocationsHash } from '../core/revocation-limit.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText } from '../core/table-item.ts';
import type { TableView } from '../core/table-view.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import type { LoadedScope } from './sweep-scope.ts';

/** The accounts whose held lists are in the table, and why others are not. */
export interface KeptLists {
  /** AWS accounts whose held list is stored completely, so that a person can approve it. */
  readonly stored: ReadonlySet<string>;
  readonly blindSpots: readonly BlindSpot[];
}

/**
 * Stores the list of what is held in each AWS account under its hash, and removes lists that no one needs any more.
 * A list that is not stored completely cannot be approved; that does not affect the other accounts. `approved`: the hash of
 * the list that a person approves now.
 */
export const keepHeldLists = async (
  settings: Settings,
  ports: SweepPorts,
  { view }: LoadedScope,
  limits: readonly AccountLimit[],
  approved?: string,
): Promise<KeptLists> => {
  if (isDryRun(settings.mode)) return { stored: new Set(), blindSpots: [] };
  const stored = new Set<string>();
  const blindSpots: BlindSpot[] = [];
  for (const account of limits.filter(isHeld)) {
    const { accountId } = account;
    try {
      if (view === undefined) throw new Error("The ledger's table could not be read.");
      if (await isStoredNow(ports, view, account)) stored.add(accountId);
      else blindSpots.push(notStored(accountId, 'Someone else writes it at the same time.'));
    } catch (thrown) {
      blindSpots.push(notStored(accountId, toFailure(thrown).message));
    }
  }
  try {
    if (view !== undefined) {
      await noteHeld(ports, view, limits, stored);
      await removeOld(ports, view, limits, approved);
    }
  } catch (thrown) {
    blindSpots.push({
      what: 'old lists of held revocations, and what is held now',
      reason: toFailure(thrown).message,
    });
  }
  return { stored, blindSpots };
};

/** Writes the list unless it is there. Another sweep that holds the same may write it at the same time. */
const isStoredNow = async (
  { table, clock }: SweepPorts,
  { held, revisions }: TableView,
  { accountId, held: revocations }: AccountLimit,
): Promise<boolean> => {
  const hash = revocationsHash(revocations);
  if (held.lists.has(hash)) return true;
  const items = writeHeldList(accountId, revocations, clock.now());
  const written = new Set(items.map(itemKeyText));
  // An interrupted sweep may have left parts under this hash, split another way.
  for (const part of held.parts)
    if (part.hash === hash && part.accountId === accountId && !written.has(itemKeyText(part)))
      await table.remove(part, part.revision);
  let isLost = false;
  for (const item of items) {
    const { kind } = await table.write(item, revisions.get(itemKeyText(item)));
    isLost ||= kind === 'lost';
  }
  return !isLost || readHeldLists(await table.read(items)).lists.has(hash);
};

const notStored = (accountId: string, reason: string): BlindSpot => ({
  what: `the list of what is held in AWS account ${accountId}, which can only be approved once it is stored`,
  reason,
});

/** Notes it for doctor. If the race is lost, the other sweep's note stands. */
const noteHeld = async (
  { table, clock }: SweepPorts,
  { heldNow, revisions }: TableView,
  limits: readonly AccountLimit[],
  stored: ReadonlySet<string>,
): Promise<void> => {
  const at = clock.now().toISOString();
  const held = limits.filter(isHeld);
  for (const { accountId, held: revocations, limit } of held) {
    const hash = stored.has(accountId) ? { hash: revocationsHash(revocations) } : {};
    const key = heldNowKey(accountId);
    const body = writeHeldNow({ accountId, count: revocations.length, limit, ...hash, at });
    await table.write({ ...key, body }, revisions.get(itemKeyText(key)));
  }
  for (const { accountId } of heldNow) {
    const revision = revisions.get(itemKeyText(heldNowKey(accountId)));
    if (revision !== undefined && !held.some((one) => one.accountId === accountId))
      await table.remove(heldNowKey(accountId), revision);
  }
};

/** Someone who comes back from holidays still finds the list that the alarm named. */
const keptMilliseconds = 30 * 24 * 60 * 60 * 1000;

/** A list that changes with every sweep must not fill the table. */
const keptLists = 20;

/** The table has no expiry of its own. What is held now, or released by an approval, stays, however old its list is. */
const removeOld = async (
  { table, clock }: SweepPorts,
  { held, approvals, revisions }: TableView,
  limits: readonly AccountLimit[],
  approved: string | undefined,
): Promise<void> => {
  const isOld = (at: string): boolean => clock.now().getTime() - Date.parse(at) > keptMilliseconds;
  const current = new Set(
    limits.filter(isHeld).map((account) => listKey(account.accountId, revocationsHash(account.held))),
  );
  const inUse = new Set([
    ...(approved === undefined ? [] : [approved]),
    ...approvals.filter((approval) => isGood(approval, clock.now())).map(({ hash }) => hash),
  ]);
  for (const [, parts] of Map.groupBy(
    held.parts.filter(({ hash }) => !inUse.has(hash)),
    ({ accountId }) => accountId,
  )) {
    const lists = [...Map.groupBy(parts, (part) => listKey(part.accountId, part.hash))]
      .filter(([key]) => !current.has(key))
      .map(([, list]) => ({ list, at: newest(list) }))
      .toSorted((a, b) => (a.at > b.at ? -1 : 1));
    for (const [index, { list, at }] of lists.entries())
      if (isOld(at) || index >= keptLists) for (const part of list) await table.remove(part, part.revision);
  }
  for (const { hash, at } of approvals) {
    const revision = revisions.get(itemKeyText(approvalKey(hash)));
    if (isOld(at) && revision !== undefined) await table.remove(approvalKey(hash), revision);
  }
};

const listKey = (accountId: string, hash: string): string => `${heldPartitionOf(accountId)} ${hash}`;

const newest = (parts: readonly HeldPart[]): string =>
  parts
    .map(({ at }) => at)
    .toSorted()
    .at(-1) ?? '';
