import pMap from 'p-map';
import { type Change, isPolicyChange, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import type { ForgottenEntry } from '../core/forget.ts';
import { bindingKey, type LedgerEntry, type Requester } from '../core/ledger.ts';
import { takesAway } from '../core/mode.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { accountAbsent } from './absence.ts';
import { type ChangeResult, done, failureOf, type Results } from './change-result.ts';
import { type Announce, editResource, type PolicyChangeResult } from './edit-resource.ts';
import { enterFirst, findUnlisted, unlistedOf } from './enter-first.ts';
import type { SeenTableState } from './enter-scope.ts';
import { bindingOf, lostRace, type OpenItem, openItem, tooManyEntries } from './ledger.ts';
import { type ObservedPolicies, readConcurrency } from './observe.ts';
import { comesBack } from './unforeseen.ts';
import { type WritingRole, writeParameters } from './write-parameters.ts';

/** One role's part of a batch. */
export interface PlannedRole extends WritingRole {
  /** Who asked for its grants, by name: the caller, or `unknown` where several may have. */
  readonly requesters: ReadonlyMap<string, Requester | 'unknown'>;
  /** Entries of the ledger that a person's answer drops. */
  readonly forgotten?: readonly ForgottenEntry[];
}

/** What came of a batch. */
export interface Applied {
  readonly results: ReadonlyMap<Change, ChangeResult>;
  /** Roles that someone else works on at the same time: to be read and planned again. */
  readonly lost: ReadonlySet<PlannedRole>;
  /** Why the ledger still lists what is gone. */
  readonly unclosed: ReadonlyMap<PlannedRole, Failure>;
  /** What the ledger listed of each role, before or after, by bindingKey. */
  readonly listed: ReadonlyMap<PlannedRole, ReadonlyMap<string, LedgerEntry>>;
}

interface Part {
  readonly role: PlannedRole;
  readonly item: OpenItem;
}

/** What came of the access of a batch; its items of the ledger are still open. */
export interface AppliedAccess {
  readonly parts: ReadonlyMap<RoleKey, Part>;
  readonly results: Results;
  readonly scopeFailure: Failure | undefined;
  readonly table: SeenTableState;
}

/**
 * Makes the access of a batch of roles (adr/0019): announces binds in the ledger, and edits each policy once for all roles.
 * Every change gets a result, and one role's failure touches no other role.
 */
export const applyAccess = async (
  settings: Settings,
  ports: Ports,
  roles: readonly PlannedRole[],
  observed: ObservedPolicies,
  generation: string | undefined,
): Promise<AppliedAccess> => {
  const results: Results = new Map();
  const parts = roles
    .filter(({ changes, forgotten = [] }) => changes.length + forgotten.length > 0)
    .map((role): Part => ({ role, item: openItem(ports, role.role.ref, role.ledger, role.requesters) }));
  // In upsert-only others may bind in our pool.
  const unlisted = takesAway(settings.mode) ? await findUnlisted(settings, ports, roles) : undefined;
  const table = {
    isUnlisted: unlisted?.isConfirmed === true,
    ...(generation === undefined ? {} : { generation }),
  };
  const scopeFailure = await enterFirst(settings, ports, roles, table);
  // Until the note of an emptied table is written, its evidence stays.
  for (const { role } of parts) {
    const failure = unlisted?.undecided.get(role) ?? (table.isUnlisted ? scopeFailure : undefined);
    if (failure !== undefined)
      failAll(unlistedOf(role, role.ledger.entries), failure, results, observed.reads);
  }
  await forEachPart(parts, (part) => announce(ports, part, observed, scopeFailure, results));
  for (const { role } of parts) holdBack(role.changes, results);
  await editPolicies(ports, parts, observed, results);
  return {
    parts: new Map(parts.map((part) => [roleKey(part.role.role.ref), part])),
    results,
    scopeFailure,
    table,
  };
};

/**
 * Writes the parameters of the same roles, and removes from the ledger what is gone. Configs that are not begun by `end`
 * (milliseconds since 1970) are left for later.
 */
export const applyParameters = async (
  settings: Settings,
  ports: Ports,
  access: AppliedAccess,
  roles: readonly PlannedRole[],
  end: number,
): Promise<Applied> => {
  const { results } = access;
  const scopeFailure = access.scopeFailure ?? (await enterFirst(settings, ports, roles, access.table));
  const partOf = ({ role }: PlannedRole): Part | undefined => access.parts.get(roleKey(role.ref));
  const isLost = (role: PlannedRole): boolean => partOf(role)?.item.isLost() === true;
  for (const role of roles.filter(isLost)) failAll(role.changes, lostRace(role.role.ref), results, new Map());
  await writeParameters(ports, roles, scopeFailure, end, results);
  const unclosed = new Map<PlannedRole, Failure>();
  await pMap(
    roles,
    async (role) => {
      const part = partOf(role);
      const failure = part === undefined ? undefined : await close(ports, { item: part.item, role }, results);
      if (failure !== undefined) unclosed.set(role, failure);
    },
    { concurrency: readConcurrency },
  );
  const listed = new Map(roles.map((role) => [role, listedOf(role, partOf(role))]));
  return { results, lost: new Set(roles.filter(isLost)), unclosed, listed };
};

const listedOf = ({ ledger }: PlannedRole, part: Part | undefined): ReadonlyMap<string, LedgerEntry> =>
  part?.item.listed() ?? new Map(ledger.entries.map((entry) => [bindingKey(entry), entry]));

const forEachPart = (parts: readonly Part[], make: (part: Part) => Promise<void>): Promise<void[]> =>
  pMap(parts, make, { concurrency: readConcurrency });

/** Unbinds whose replacement cannot be bound are not tried: the access would end. */
const holdBack = (changes: readonly Change[], results: Results): void => {
  for (const change of changes) {
    if (change.kind !== 'unbind' || change.after === undefined || results.has(change)) continue;
    const bind = changes.find(({ id }) => id === change.after);
    const because = bind === undefined ? undefined : failureOf(results.get(bind));
    if (because !== undefined) results.set(change, { kind: 'heldBack', because });
  }
};

/** Fails those of a role's changes that were not decided yet. A binding is absent only where its policy was read. */
const failAll = (
  changes: readonly Change[],
  error: Failure,
  results: Results,
  reads: ObservedPolicies['reads'],
): void => {
  for (const change of changes)
    if (!results.has(change)) {
      const isAbsent = change.kind === 'bind' && reads.has(change.resource);
      results.set(change, { kind: 'failed', error, isAbsent });
    }
};

/** What one role's part threw; a mistake of ours is logged with its place in the code. */
const failureIn = (ports: Ports, { role }: PlannedRole, step: string, thrown: unknown): Failure =>
  thrown instanceof PermanentError ? thrown : comesBack(ports.logger, role.ref, step, thrown);

/** Enters binds and lists into the role's item. Without that, nothing is bound; a lost race stops all of the role. */
const announce = async (
  ports: Ports,
  { role, item }: Part,
  { reads }: ObservedPolicies,
  scopeFailure: Failure | undefined,
  results: Results,
): Promise<void> => {
  const lists = role.changes.filter(
    (change): change is LedgerChange => change.kind === 'list' && !results.has(change),
  );
  const all = role.changes.filter((change): change is PolicyChange => change.kind === 'bind');
  // Where the policy could not be read, or nothing is there to bind to, nothing is tried, so nothing is announced.
  const binds = all.filter(({ resource }) => reads.has(resource));
  if (scopeFailure !== undefined) {
    failAll(all, scopeFailure, results, reads);
    failAll(lists, scopeFailure, results, reads);
    return;
  }
  try {
    const refused = await item.announce(binds, lists);
    failAll([...refused], tooManyEntries(role.role.ref), results, reads);
    for (const list of lists) if (!results.has(list)) results.set(list, done);
  } catch (thrown) {
    const failure = failureIn(ports, role, 'announced', thrown);
    failAll(item.isLost() ? role.changes : [...all, ...lists], failure, results, reads);
  }
};

/** `reads` holds what was read for planning, before the announcements: good for the first write of a resource. */
const editPolicies = async (
  ports: Ports,
  parts: readonly Part[],
  { reads, errors, absent }: ObservedPolicies,
  results: Results,
): Promise<void> => {
  const open = parts.flatMap((part) =>
    part.role.changes
      .filter(isPolicyChange)
      .filter((change) => !results.has(change))
      .map((change) => ({ part, change })),
  );
  const partOf = new Map(open.map(({ part, change }) => [change, part]));
  const again: Announce = async (binds) => {
    const failures = new Map<PolicyChange, Failure>();
    const groups = Map.groupBy(binds, (bind) => partOf.get(bind));
    await pMap(
      groups,
      async ([part, group]) => {
        try {
          await part?.item.announce(group, []);
        } catch (thrown) {
          for (const bind of group) failures.set(bind, toFailure(thrown));
        }
      },
      { concurrency: readConcurrency },
    );
    return failures;
  };
  await pMap(
    Map.groupBy(
      open.map(({ change }) => change),
      ({ resource }): ResourceName => resource,
    ),
    async ([resource, group]) => {
      const isAbsent = absent.has(resource);
      const error = isAbsent ? accountAbsent(resource) : errors.get(resource);
      const edited: ReadonlyMap<PolicyChange, PolicyChangeResult> =
        error === undefined
          ? await editResource(ports, resource, group, again, reads.get(resource))
          : new Map(group.map((change) => [change, { kind: 'failed', error, isAbsent }]));
      for (const [change, result] of edited) results.set(change, result);
    },
    { concurrency: readConcurrency },
  );
};

/** The bindings of a role that leave the ledger: removed, found gone, refused by Google at the only try, or forgotten. */
const goneBindings = ({ role, item }: Part, results: Results): ReadonlySet<string> =>
  new Set([
    ...(role.forgotten ?? []).map(({ entry }) => bindingKey(entry)),
    ...role.changes.flatMap((change) => {
      if (change.kind === 'unlist') return [bindingKey(change.binding)];
      if (!isPolicyChange(change)) return [];
      const key = bindingKey(bindingOf(change));
      const result = results.get(change);
      if (change.kind === 'unbind') return result?.kind === 'done' ? [key] : [];
      return result?.kind === 'failed' && result.isAbsent && item.isUndisturbed(key) ? [key] : [];
    }),
  ]);

const close = async (ports: Ports, part: Part, results: Results): Promise<Failure | undefined> => {
  const { role, item } = part;
  const unlists = role.changes.filter(({ kind }) => kind === 'unlist');
  try {
    await item.close(goneBindings(part, results));
    for (const change of unlists) if (!results.has(change)) results.set(change, done);
    return undefined;
  } catch (thrown) {
    const failure = failureIn(ports, role, 'closed in the ledger', thrown);
    failAll(unlists, failure, results, new Map());
    return failure;
  }
};
