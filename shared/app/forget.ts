import type { Answer, Forgettable } from '../core/answer.ts';
import { forgetKey, writeAnswer } from '../core/answer-item.ts';
import { type Drift, emptyDrift } from '../core/drift.ts';
import { PermanentError, RetryableError } from '../core/errors.ts';
import {
  entryDigest,
  isListed,
  isScopeOf,
  keptBecause,
  type Listed,
  type ListedEntry,
  listedOf,
  maxKept,
} from '../core/forget.ts';
import { type Desired, desiredOf } from '../core/guardrail.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { isDryRun } from '../core/mode.ts';
import { type RoleRef, roleText } from '../core/model.ts';
import { roleKey } from '../core/role-key.ts';
import {
  droppedSortKey,
  lostSortKey,
  namesIn,
  placeName,
  type ScopeKind,
  scopeSortKey,
  sweepPartition,
} from '../core/scope.ts';
import { providerOf, type Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText, scopePartition } from '../core/table-item.ts';
import type { TableView } from '../core/table-view.ts';
import { resourceText } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import { overwrite } from './answers.ts';
import { policyName, projectListing } from './blind-spot.ts';
import { gather, type Snapshot } from './snapshot.ts';

/** Everything that the sweep read in both clouds. */
interface Found {
  readonly view: TableView | undefined;
  /** A time before the table was read. */
  readonly readAt: Date;
  readonly seen: Snapshot;
  readonly now: Date;
}

/** The result of a person's answer that something is gone. */
export interface Forgotten {
  readonly thing: Forgettable;
  /** Entries that reconcile drops now, if nothing proves or wants them. `email`: a service account's, or the name of another resource. */
  readonly dropped: readonly { readonly role: RoleRef; readonly email: string }[];
  /** Entries that stay, and why. */
  readonly kept: readonly { readonly role: RoleRef; readonly email: string; readonly reason: string }[];
  /** Whether it left the scope. */
  readonly isOutOfScope: boolean;
}

/**
 * Keeps the answer, removes the scope entry, and names the roles whose entries reconcile is to drop (adr/0019).
 * @throws PermanentError if the sweep can prove it itself, or if something other than what was shown would be dropped.
 */
export const forgetThing = async (
  settings: Settings,
  ports: SweepPorts,
  { view, readAt, seen, now }: Found,
  { thing, listed: shown }: Extract<Answer, { readonly kind: 'forget' }>,
  answeredBy: string,
): Promise<{
  readonly forgotten: Forgotten;
  readonly drifts: readonly Drift[];
  /** Names of blind spots that this answers. */
  readonly settled: ReadonlySet<string>;
}> => {
  if (view === undefined) throw new RetryableError('The ledger cannot be read now, so nothing is forgotten.');
  const listed = listedOf(view, thing);
  checkAnswer(settings, thing, listed, shown);
  await checkUnprovable(ports, view, seen, thing);
  const judged = listed.entries.map(({ role, entry }) => ({
    role,
    entry,
    reason:
      seenOnOwnAccount(seen, role, entry) ??
      keptBecause(settings, role, entry, desiredIn(settings, seen, role, now), seen.policies, now),
  }));
  const kept = judged.flatMap(({ role, entry, reason }) =>
    reason === undefined ? [] : [{ role, entry, email: resourceText(entry.resource), reason }],
  );
  if (kept.length > maxKept)
    throw refused(thing, `${kept.length} entries of it would stay. Remove their tags first`);
  const dropped = judged.filter(({ reason }) => reason === undefined);
  // The entries of a bucket that has another owner now stay until the sweep proves what is left. Its new use begins as a first one.
  const isOutOfScope =
    listed.usedSince !== undefined && (kept.length === 0 || hasOtherOwner(view, seen, thing));
  if (dropped.length === 0 && !isOutOfScope)
    throw refused(
      thing,
      kept.map(({ role, email, reason }) => `${roleText(role)} on ${email}: ${reason}`).join('; '),
    );
  await overwrite(
    ports,
    forgetKey(thing),
    writeAnswer('forget', answeredBy, readAt, thing, kept.map(entryDigest)),
  );
  const hasLeft = isOutOfScope && (await leaveScope(ports, view, thing));
  return {
    forgotten: {
      thing,
      dropped: dropped.map(({ role, entry }) => ({ role, email: resourceText(entry.resource) })),
      kept: kept.map(({ role, email, reason }) => ({ role, email, reason })),
      isOutOfScope: hasLeft,
    },
    drifts: driftsOf(dropped, thing, answeredBy),
    settled: new Set([
      ...(hasLeft && thing.kind === 'project' ? [projectListing(thing.name)] : []),
      ...dropped
        .map(({ entry }) => entry.resource)
        .filter((resource) => !kept.some(({ entry }) => entry.resource === resource))
        .map(policyName),
    ]),
  };
};

/** Whether the answer is about what is there now, and about something that the file no longer uses. */
const checkAnswer = (settings: Settings, thing: Forgettable, listed: Listed, shown: string): void => {
  const { kind, name } = thing;
  if (isDryRun(settings.mode)) throw refused(thing, 'in mode dry-run nothing is written');
  if (!isListed(listed)) throw refused(thing, 'the ledger holds nothing of it');
  if (listed.hash !== shown)
    throw refused(
      thing,
      'the ledger has changed since it was shown. Run "rolebridge forget" again, and read the list',
    );
  const isNamed =
    (kind === 'project' && settings.google.projects.includes(name)) ||
    (kind === 'account' && settings.accounts.some(({ id }) => id === name));
  if (isNamed) throw refused(thing, 'rolebridge.yml names it. Remove it there, deploy, and run this again');
};

const refused = ({ kind, name }: Forgettable, reason: string): PermanentError =>
  new PermanentError(`Nothing of ${kind} ${name} is forgotten: ${reason}.`, { because: 'answerRefused' });

const sweepProves = 'so the sweep proves by itself what is left: rolebridge sweep';

/** A person's word counts only if nothing else can decide. */
const checkUnprovable = async (
  ports: SweepPorts,
  view: TableView,
  seen: Snapshot,
  thing: Forgettable,
): Promise<void> => {
  const { kind, name } = thing;
  if (kind === 'project') {
    const { error } = await gather(ports.listings.serviceAccounts(name));
    if (error === undefined)
      throw refused(thing, `its service accounts can be listed completely, ${sweepProves}`);
  }
  if (kind === 'resource') {
    const policy = seen.policies.get(name)?.kind;
    if (policy === 'read' && !hasOtherOwner(view, seen, thing))
      throw refused(thing, `its allow policy can be read, ${sweepProves}`);
    if (policy === 'absent') throw refused(thing, `Google confirms that it is gone, ${sweepProves}`);
  }
};

/** Whether strangers have taken the name of a bucket that rolebridge used. */
const hasOtherOwner = ({ scope }: TableView, { policies }: Snapshot, thing: Forgettable): boolean => {
  const policy = policies.get(thing.name);
  return (
    policy?.kind === 'read' &&
    scope.some((one) => isScopeOf(thing, one) && one.owner !== undefined && one.owner !== policy.owner)
  );
};

/** Reconcile does not read the policy of rolebridge's own account, so the answer must name what the sweep saw there. */
const seenOnOwnAccount = ({ own }: Snapshot, role: RoleRef, { resource }: LedgerEntry): string | undefined =>
  own !== undefined &&
  own.resource === resource &&
  own.bindings?.some(({ ref }) => roleKey(ref) === roleKey(role)) === true
    ? "its binding is there, on rolebridge's own account. Remove it by hand first"
    : undefined;

/** The access that a role's tags ask for; undefined if that is unknown. */
const desiredIn = (settings: Settings, seen: Snapshot, ref: RoleRef, now: Date): Desired | undefined => {
  const present = seen.roles.find((role) => roleKey(role.ref) === roleKey(ref));
  if (present !== undefined) return desiredOf(present, settings, now);
  return providerOf(settings, ref) !== undefined && !seen.listedAccounts.has(ref.accountId)
    ? undefined
    : desiredOf({ kind: 'absent', ref }, settings, now);
};

/** Whether it left. If the race is lost, someone has used it again, and it needs another answer. */
const leaveScope = async (
  { table }: SweepPorts,
  { revisions, scope }: TableView,
  thing: Forgettable,
): Promise<boolean> => {
  const { kind, name } = thing;
  const keys = [
    ...scope.filter((one) => isScopeOf(thing, one)).flatMap((one) => scopeKeysOf(one.kind, one.name)),
    ...(kind === 'project' ? [{ pk: sweepPartition, sk: lostSortKey(name) }] : []),
    ...(kind === 'account' ? placesOf(scope, name).flatMap((place) => scopeKeysOf('place', place)) : []),
  ];
  for (const key of keys) {
    const revision = revisions.get(itemKeyText(key));
    if (revision !== undefined && (await table.remove(key, revision)).kind === 'lost') return false;
  }
  return true;
};

const scopeKeysOf = (kind: ScopeKind, name: string): readonly ItemKey[] => [
  { pk: scopePartition, sk: scopeSortKey({ kind, name }) },
  { pk: sweepPartition, sk: droppedSortKey({ kind, name }) },
];

/** The places of an AWS account: no one can look through them any more. */
const placesOf = (scope: TableView['scope'], accountId: string): readonly string[] =>
  namesIn(scope, 'place').filter((place) => place.startsWith(placeName(accountId, '')));

const driftsOf = (
  dropped: readonly ListedEntry[],
  thing: Forgettable,
  answeredBy: string,
): readonly Drift[] =>
  [...Map.groupBy(dropped, ({ role }) => roleKey(role)).values()].flatMap(([first]) =>
    first === undefined ? [] : [{ ...emptyDrift(first.role), answers: [forgetKey(thing).sk], answeredBy }],
  );
