import { type LedgerEntry, readLedgerItem } from '../../../shared/core/ledger.ts';
import type { Outcome } from '../../../shared/core/outcome.ts';
import type { StoredItem } from '../../../shared/core/table-item.ts';
import type { MemoryHooks } from '../../support/memory.ts';
import { bindingOf, bindingsThere, bindingText } from './compare.ts';
import { newWitness, untruths, type Witness, witness, witnessParameter } from './facts.ts';
import { wanted } from './intent.ts';
import { watchLedger } from './known-ledger.ts';
import type { NoisyCloud } from './noisy-cloud.ts';
import { requesterFaults } from './requesters.ts';
import { targetAt, targetIn } from './targets.ts';

/** Everything that existed at every moment since a reconciler started. */
export interface Standing {
  readonly bindings: Set<string>;
  readonly entries: Set<string>;
  /** The ledger's bindings when it started, and under which grants. */
  readonly listed: ReadonlyMap<string, readonly string[]>;
  readonly witness: Witness;
}

const entriesIn = (items: Iterable<Pick<StoredItem, 'pk' | 'body'>>): readonly LedgerEntry[] =>
  [...items].flatMap(({ pk, body }) => (pk.startsWith('role#') ? (readLedgerItem(body)?.entries ?? []) : []));

const ledgerEntries = ({ world }: NoisyCloud): readonly LedgerEntry[] => entriesIn(world.table.values());

const entryText = ({ googleRole, resource, member, condition }: LedgerEntry): string =>
  bindingText(targetAt(googleRole, resource) ?? '', member, condition);

/** The ledger's bindings, as lines. */
export const entriesThere = (cloud: NoisyCloud): readonly string[] => ledgerEntries(cloud).map(entryText);

const keepOnly = (standing: Set<string>, there: readonly string[]): void => {
  const now = new Set(there);
  for (const one of standing) if (!now.has(one)) standing.delete(one);
};

/** To be called whenever something may have disappeared. */
export const updateStandings = (cloud: NoisyCloud, by?: MemoryHooks): void => {
  witness(cloud, by);
  if (cloud.standings.size === 0) return;
  const [bindings, entries] = [bindingsThere(cloud), entriesThere(cloud)];
  for (const standing of cloud.standings) {
    keepOnly(standing.bindings, bindings);
    keepOnly(standing.entries, entries);
  }
};

/** A line of the role, in any casing of its name, on that account. */
const isOf = (line: string, roleName: string, target: string): boolean =>
  line.startsWith(`${target} `) && line.toLowerCase().endsWith(`:assumed-role/${roleName}`.toLowerCase());

/**
 * `Revoked` is a fact: while the reconciler that sends it was running, the binding and its entry were both gone at
 * some moment.
 */
const judge = (
  cloud: NoisyCloud,
  { bindings, entries, listed }: Standing,
  outcomes: readonly Outcome[],
): void => {
  for (const { type, detail } of outcomes) {
    const target = targetIn(detail.target);
    if (type !== 'Revoked' || target === undefined) continue;
    const { roleName, accountId } = detail.role;
    const isSame = (line: string) => line.includes(`::${accountId}:`) && isOf(line, roleName, target);
    const isOfGrant = (line: string): boolean =>
      isSame(line) && (listed.get(line)?.includes(detail.grant ?? '') ?? false);
    const bound = [...bindings].find(isOfGrant);
    if (bound !== undefined) cloud.trespasses.push(`Revoked was sent for a binding that is there: ${bound}`);
    const entry = [...entries].find(isOfGrant);
    if (entry !== undefined)
      cloud.trespasses.push(`Revoked was sent for a binding that the ledger lists: ${entry}`);
  }
};

/** Access that a tag requested all the time is never removed, even if it could not be granted any more. */
const removedThoughAsked = (
  { ours, standings, epochs, world }: NoisyCloud,
  there: readonly string[],
  by: MemoryHooks,
): readonly string[] => {
  const removed = ours.filter((line) => !there.includes(line));
  const standing = [...standings].find((one) => one.witness.owner === by);
  if (removed.length === 0 || standing === undefined) return [];
  const { epoch, started } = standing.witness;
  const isAsked = (line: string): boolean =>
    epochs
      .slice(epoch)
      .every(({ roles, intent }) =>
        [intent, started].every((one) =>
          wanted(roles, one, world.now, ['granted', 'unknown']).map(bindingOf).includes(line),
        ),
      );
  return removed.filter(isAsked).map((line) => `removed what a tag asked for all the time: ${line}`);
};

/** Watches everything that reconcilers send. */
export const watchPromises = (cloud: NoisyCloud): void => {
  cloud.onCall = (call, by) => {
    if (cloud.intent.mode === 'dry-run' && /^(set|Put(Item|Parameter)|Delete)/.test(call))
      cloud.trespasses.push(`mode dry-run: ${call}`);
    // A write takes time.
    if (call.startsWith('PutItem')) cloud.world.now = new Date(cloud.world.now.getTime() + 1);
    if (/^(setIamPolicy|PutItem|DeleteItem)/.test(call)) updateStandings(cloud, by);
    if (/^(Put|Delete)Parameter/.test(call)) witnessParameter(cloud, call, by);
    if (call.startsWith('PutParameter ')) cloud.published.add(call.slice('PutParameter '.length));
    if (call.startsWith('DeleteParameter ')) cloud.published.delete(call.slice('DeleteParameter '.length));
    if (!call.startsWith('setIamPolicy')) return;
    const there = bindingsThere(cloud);
    cloud.trespasses.push(...removedThoughAsked(cloud, there, by));
    for (const binding of there) if (!cloud.ours.includes(binding)) cloud.made.add(binding);
    for (const binding of cloud.made) if (!there.includes(binding)) cloud.made.delete(binding);
    cloud.ours = there;
  };
  cloud.around = (ports, by) => {
    const standing: Standing = {
      bindings: new Set(bindingsThere(cloud)),
      entries: new Set(entriesThere(cloud)),
      listed: new Map(ledgerEntries(cloud).map((entry) => [entryText(entry), entry.grants])),
      witness: newWitness(cloud, by),
    };
    cloud.standings.add(standing);
    const known = watchLedger(ports);
    return {
      ...known.ports,
      outcomes: {
        send: async (outcomes) => {
          await ports.outcomes.send(outcomes);
          judge(cloud, standing, outcomes);
          cloud.trespasses.push(...requesterFaults(cloud, outcomes));
          const itKnows = new Set(entriesIn(known.items()).map(entryText));
          const listed = entriesThere(cloud).filter((line) => itKnows.has(line));
          cloud.trespasses.push(...untruths(cloud, standing.witness, outcomes, listed));
        },
      },
    };
  };
};
