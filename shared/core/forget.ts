import { createHash } from 'node:crypto';
import type { Forgettable } from './answer.ts';
import { isGood, type StoredForget } from './answer-item.ts';
import { mayStillBind, wantedBindings } from './bindings.ts';
import type { Desired } from './guardrail.ts';
import { type BindingId, bindingKey, type LedgerEntry, type RoleLedger } from './ledger.ts';
import type { RoleRef, Timestamp } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import { roleKey } from './role-key.ts';
import type { Watched } from './scope.ts';
import type { ResourceName } from './service-account.ts';
import type { Settings } from './settings.ts';
import type { TableView } from './table-view.ts';
import { siteOfAccess } from './target.ts';

/** The ledger's entries of a thing. */
export interface Listed {
  readonly entries: readonly ListedEntry[];
  /** When it entered the scope; undefined if it is not in the scope. */
  readonly usedSince?: Timestamp;
  /** A hash of all of this: an answer covers exactly what was shown. */
  readonly hash: string;
}

/** One binding that the ledger lists, with its role. */
export interface ListedEntry {
  readonly role: RoleRef;
  readonly entry: LedgerEntry;
}

export const listedOf = ({ ledgers, scope }: TableView, thing: Forgettable): Listed => {
  const entries = [...ledgers.values()].flatMap((ledger) => entriesIn(ledger, thing));
  const used = scope.find((one) => isScopeOf(thing, one));
  const names = entries.map(entryText).toSorted();
  return {
    entries,
    ...(used === undefined ? {} : { usedSince: used.since ?? '' }),
    hash: createHash('sha256')
      .update(JSON.stringify([thing.kind, thing.name, used !== undefined, names]))
      .digest('hex')
      .slice(0, 16),
  };
};

/** A resource's entries in the scope are its sites: each is a Google role on it. A project also has those of everything in it. */
export const isScopeOf = (thing: Forgettable, { kind, name }: Pick<Watched, 'kind' | 'name'>): boolean => {
  if (kind !== 'site') return kind === thing.kind && name === thing.name;
  const { resource } = siteOfAccess(name);
  return thing.kind === 'project' ? isInProject(thing.name, resource) : resource === thing.name;
};

const isInProject = (project: string, resource: ResourceName): boolean =>
  resource === `projects/${project}` || resource.startsWith(`projects/${project}/`);

const entriesIn = ({ role, entries }: RoleLedger, thing: Forgettable): readonly ListedEntry[] =>
  entries.filter((entry) => isOf(thing, role, entry)).map((entry) => ({ role, entry }));

const isOf = ({ kind, name }: Forgettable, role: RoleRef, { resource }: BindingId): boolean => {
  switch (kind) {
    case 'project':
      return isInProject(name, resource);
    case 'account':
      return role.accountId === name;
    case 'resource':
      return resource === name;
  }
};

const entryText = ({ role, entry }: ListedEntry): string =>
  JSON.stringify([roleKey(role), bindingKey(entry), entry.announcedAt]);

/** An entry that a person's answer drops. */
export interface ForgottenEntry {
  readonly entry: LedgerEntry;
  readonly thing: Forgettable;
  readonly answeredBy: string;
}

/** Why an entry may not be dropped; undefined if only a person's word can end it. */
export const keptBecause = (
  settings: Settings,
  ref: RoleRef,
  entry: LedgerEntry,
  desired: Desired | undefined,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  now: Date,
): string | undefined => {
  if (desired === undefined) return 'its role could not be read';
  if (wantedBindings(settings, ref, desired).has(bindingKey(entry))) return 'a tag of the role asks for it';
  const kind = policies.get(entry.resource)?.kind;
  if (kind === 'read') return 'its policy can be read, so the sweep proves it';
  if (kind === 'absent') return 'the sweep has confirmed that it is gone';
  return mayStillBind(entry, now) ? 'it was announced within the last 5 minutes' : undefined;
};

/** The entries of a role that answers of the last hour drop, and that nothing in this run proves or wants. */
export const forgottenEntries = (
  settings: Settings,
  ref: RoleRef,
  entries: readonly LedgerEntry[],
  answers: readonly StoredForget[],
  desired: Desired,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  now: Date,
): readonly ForgottenEntry[] =>
  entries.flatMap((entry) => {
    const answer = answers.find(
      (one) =>
        isOf(one.thing, ref, entry) &&
        isGood(one, now) &&
        Date.parse(entry.announcedAt) < Date.parse(one.at) &&
        !one.kept.includes(entryDigest({ role: ref, entry })),
    );
    return answer === undefined || keptBecause(settings, ref, entry, desired, policies, now) !== undefined
      ? []
      : [{ entry, thing: answer.thing, answeredBy: answer.answeredBy }];
  });

/** Names one entry as it was listed. */
export const entryDigest = ({ role, entry }: ListedEntry): string =>
  createHash('sha256').update(entryText({ role, entry })).digest('hex').slice(0, 16);

/** DynamoDB's limit of an item, 400 KB, holds some 20,000 digests. */
export const maxKept = 10_000;

export const isListed = ({ entries, usedSince }: Listed): boolean =>
  entries.length > 0 || usedSince !== undefined;
