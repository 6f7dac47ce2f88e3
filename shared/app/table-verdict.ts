import { RetryableError, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { poolOfMember } from '../core/member.ts';
import { takesAway } from '../core/mode.ts';
import { roleKey } from '../core/role-key.ts';
import { sweepPartition } from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { verdictSortKey, writeVerdict } from '../core/table-verdict.ts';
import type { SweepPorts } from '../ports.ts';
import { isListed, type SeenTable } from './seen-table.ts';
import type { Seen, Unseen } from './snapshot.ts';

/**
 * Whether someone emptied the table. A table that no sweep has judged yet says itself that it was used before the first
 * binding, and lists every binding of ours. Where others bind in our pool, it cannot be known.
 */
export const isTableEmptied = (
  settings: Settings,
  { view }: SeenTable,
  { policies, ownerships }: Pick<Seen, 'policies' | 'ownerships'>,
): boolean => {
  if (view === undefined || !takesAway(settings.mode)) return false;
  if (view.verdict !== undefined) return view.verdict.verdict === 'emptied';
  if (view.hasFoundUnlisted) return true;
  return [...policies].some(
    ([resource, observed]) =>
      observed.kind === 'read' &&
      ourBindings(settings, observed.policy).some(({ ref, member }) => {
        const isOurs = ownerships.get(poolOfMember(settings, member) ?? '')?.kind === 'ours';
        return isOurs && !view.unreadableRoles.has(roleKey(ref)) && !isListed(view, ref, resource, member);
      }),
  );
};

export const emptiedTable: Unseen = {
  what: 'what the ledger listed before it was emptied',
  reason:
    'Our pool has members, and the table does not know them. Projects, regions, prefixes and pools that only earlier configurations named may be forgotten: ' +
    'name them in rolebridge.yml again for one sweep, then run "rolebridge sweep --accept-table" (docs/operations.md, "The ledger is lost").',
};

/** Keeps the verdict of the first sweep that sees everything; a person's answer replaces it. */
export const keepVerdict = async (
  settings: Settings,
  { table, clock }: SweepPorts,
  { view }: SeenTable,
  isEmptied: boolean,
  isWhole: boolean,
): Promise<readonly Unseen[]> => {
  // In upsert-only others may bind in our pool, so nothing can be concluded.
  if (view === undefined || view.verdict !== undefined || !takesAway(settings.mode)) return [];
  // An empty table of a deployment that has bound nothing yet is neither; and what was not seen may be bound and not listed.
  if (!isEmptied && (!view.isInitialized || !isWhole)) return [];
  const at = clock.now().toISOString();
  const body = writeVerdict({ verdict: isEmptied ? 'emptied' : 'fresh', at });
  try {
    await table.write({ pk: sweepPartition, sk: verdictSortKey, body });
    return [];
  } catch (thrown) {
    return [{ what: 'whether the table was emptied, for later', reason: toFailure(thrown).message }];
  }
};

/** A person has answered for what may have been forgotten. @throws RetryableError where a sweep writes at the same time */
export const acceptTable = async ({ table, clock }: SweepPorts, answeredBy: string): Promise<void> => {
  const key = { pk: sweepPartition, sk: verdictSortKey };
  const [known] = await table.read([key]);
  const body = writeVerdict({ verdict: 'answered', at: clock.now().toISOString(), answeredBy });
  if ((await table.write({ ...key, body }, known?.revision)).kind === 'lost')
    throw new RetryableError(
      'A sweep judges the table at the same time, so the answer was not kept. Try again.',
    );
};
