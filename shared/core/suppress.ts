import type { RoleBindings } from './bindings.ts';
import {
  type Bind,
  bindingOf,
  type Change,
  type LedgerChange,
  type Publish,
  type Unbind,
  type Unpublish,
} from './change.ts';
import type { Desired } from './guardrail.ts';
import { hasEnded, sameCondition } from './iam-policy.ts';
import { type BindingId, bindingKey } from './ledger.ts';
import type { RoleState } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import type { NamedKeys } from './role-event.ts';
import type { ResourceName } from './service-account.ts';
import { providerOf, type Settings } from './settings.ts';
import { grantOfKey } from './tags.ts';
import { type AccessName, accessOf, siteOfAccess } from './target.ts';

/** Reconcile may revoke what the sweep released, and the grants that role events name. The sweep decides the rest. */
export interface MayRevoke {
  readonly released: readonly AccessName[];
  /** Access whose entries may leave the ledger, if no binding is left: the sweep saw no config of it. */
  readonly mayLeave: readonly AccessName[];
  /** `all` of the role, or grants by name. */
  readonly grants: 'all' | readonly string[];
}

/** The access that a role has, and the access that its tags ask for. */
export interface RoleAccess {
  readonly role: RoleState;
  readonly desired: Desired;
  /** Whether the role's account is in rolebridge.yml: if not, we do not know whether the role exists. */
  readonly isConfigured: boolean;
  /** Access that the ledger or a policy contains, that no tag asks for, and that has not ended by its own condition. */
  readonly unwanted: ReadonlySet<AccessName>;
  /** Access that a tag asks for and whose binding exists. */
  readonly bound: ReadonlySet<AccessName>;
  /** Access that a tag asks for and that was not seen to be bound: it is bound as soon as that is possible. */
  readonly toBind: ReadonlySet<AccessName>;
  /** Resources that are confirmed gone: no binding can be made on them. */
  readonly gone: ReadonlySet<ResourceName>;
}

/**
 * Leaves out the revocations that may not be made, and everything that would remove or overwrite their configs; all other
 * changes stay.
 */
export const suppress = (
  changes: readonly Change[],
  mayRevoke: MayRevoke,
  roleAccess: RoleAccess,
  now: Date,
): readonly Change[] => {
  const heldBy = (change: Change): readonly AccessName[] =>
    isNamed(change, mayRevoke.grants)
      ? []
      : accessEndedBy(change, roleAccess, now).filter((access) => !mayRevoke.released.includes(access));
  const held = new Set(changes.flatMap(heldBy));
  const binds = changes.filter((change) => change.kind === 'bind');
  return changes.flatMap((change): readonly Change[] => {
    switch (change.kind) {
      case 'unbind':
        return heldBy(change).length === 0
          ? [waiting(change, changes, mayRevoke, roleAccess)]
          : withoutNamed(change, mayRevoke);
      case 'publish':
      case 'unpublish':
        return heldBy(change).length === 0
          ? [withReplacements(change, binds, mayRevoke, roleAccess, now)]
          : [];
      // The entry may name the role in another casing than the binding that stays.
      case 'unlist':
        return !held.has(change.access) && mayUnlist(change, mayRevoke, roleAccess) ? [change] : [];
      case 'bind':
      case 'list':
      case 'writeStatus':
      case 'removeStatus':
        return [change];
    }
  });
};

/** Whether role events that name these grants name every grant of a change. What the ledger does not explain, no event names. */
export const isNamed = ({ grants }: Change, named: MayRevoke['grants']): boolean =>
  named === 'all' || (grants.length > 0 && grants.every((grant) => includesGrant(named, grant)));

/**
 * The access that a change ends and that someone may miss: it removes the binding, or it removes or overwrites the last
 * config. Access does not count if the role is gone or the access has expired. Nor does it count if the role has, or gets, what
 * its tags ask for on the same target: then a binding or a copy is only corrected.
 */
export const accessEndedBy = (
  change: Change,
  { role, isConfigured, unwanted, bound, toBind }: RoleAccess,
  now: Date,
): readonly AccessName[] => {
  if (isGone({ role, isConfigured })) return [];
  return removedBy(change, now).filter(
    (access) => unwanted.has(access) && !bound.has(access) && !toBind.has(access),
  );
};

/** In an account that is not configured, we do not know whether the role exists. */
const isGone = ({ role, isConfigured }: Pick<RoleAccess, 'role' | 'isConfigured'>): boolean =>
  role.kind === 'absent' && isConfigured;

/** A planted parameter adds no access here: `behind` and `replaces` come from the ledger and the policies alone. */
const removedBy = (change: Change, now: Date): readonly AccessName[] => {
  switch (change.kind) {
    case 'unbind':
      return hasEnded(change.edit.condition, now) ? [] : [change.access];
    case 'unpublish':
      return change.behind;
    case 'publish':
      return change.replaces;
    case 'bind':
    case 'list':
    case 'unlist':
    case 'writeStatus':
    case 'removeStatus':
      return [];
  }
};

/**
 * A binding goes only once its replacement for the same access is in place: the tag still asks for that access. If an event
 * gave it another end, the old one goes immediately.
 */
const waiting = (
  change: Unbind,
  changes: readonly Change[],
  mayRevoke: MayRevoke,
  { bound }: RoleAccess,
): Unbind => {
  if (bound.has(change.access)) return change;
  const bind = bindOf(changes, change.access);
  if (bind === undefined) return change;
  // A binding that the ledger does not list was made by hand: no event asked for its end.
  const isNewEnd =
    change.grants.length > 0 &&
    isNamed(change, mayRevoke.grants) &&
    !sameCondition(bind.edit.condition, change.edit.condition);
  // While the Google role may not be granted, the access that is there stays.
  return isNewEnd && bind.blocked === undefined ? change : { ...change, after: bind.id };
};

const bindOf = (changes: readonly Change[], access: AccessName): Bind | undefined =>
  changes.find((change): change is Bind => change.kind === 'bind' && change.access === access);

/**
 * A binding that serves several grants stays while an event names only some of them, but the ledger lists it under the
 * others alone. So the event of the last one removes it, and nothing waits for the sweep.
 */
const withoutNamed = (change: Unbind, mayRevoke: MayRevoke): readonly Change[] => {
  const { access, resource } = change;
  const grants = change.grants.filter((grant) => !includesGrant(mayRevoke.grants, grant));
  if (grants.length === change.grants.length) return [];
  const binding = bindingOf(change);
  return [{ kind: 'list', id: `list ${bindingKey(binding)}`, grants, access, resource, binding }];
};

/** The last config of access that is bound again in this plan stays until that is done, unless someone altered it. */
const withReplacements = (
  change: Publish | Unpublish,
  binds: readonly Bind[],
  mayRevoke: MayRevoke,
  { role, isConfigured, unwanted, bound, toBind, gone }: RoleAccess,
  now: Date,
): Publish | Unpublish => {
  if (isNamed(change, mayRevoke.grants) || isGone({ role, isConfigured }) || change.isAltered === true)
    return change;
  const replaced = new Set(
    removedBy(change, now).filter(
      (access) =>
        unwanted.has(access) &&
        !bound.has(access) &&
        toBind.has(access) &&
        !gone.has(siteOfAccess(access).resource) &&
        !mayRevoke.released.includes(access),
    ),
  );
  const after = change.kind === 'publish' ? change.after : undefined;
  const afterAll = binds.flatMap(({ id, access }) => (replaced.has(access) && id !== after ? [id] : []));
  return afterAll.length === 0 ? change : { ...change, afterAll };
};

/**
 * Whether an entry whose binding is gone may leave the ledger. If its config is still somewhere, the access would no longer
 * be counted; only the sweep sees every folder, so it releases the entry.
 */
const mayUnlist = (
  change: LedgerChange,
  mayRevoke: MayRevoke,
  { role, isConfigured, unwanted, bound }: RoleAccess,
): boolean =>
  isGone({ role, isConfigured }) ||
  !unwanted.has(change.access) ||
  bound.has(change.access) ||
  isNamed(change, mayRevoke.grants) ||
  mayRevoke.released.includes(change.access) ||
  mayRevoke.mayLeave.includes(change.access);

interface SeenBindings extends Pick<RoleBindings, 'wanted' | 'found'> {
  readonly unwanted: readonly BindingId[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy>;
}

/** `unwanted`: bindings of the role that are there or that the ledger lists, and that no grant asks for. */
export const roleAccessOf = (
  settings: Settings,
  role: RoleState,
  desired: Desired,
  { wanted, found, unwanted, policies }: SeenBindings,
  changes: readonly Change[],
  now: Date,
): RoleAccess => ({
  role,
  desired,
  isConfigured: providerOf(settings, role.ref) !== undefined,
  unwanted: new Set(unwanted.flatMap((one) => (hasEnded(one.condition, now) ? [] : [accessOf(one)]))),
  bound: new Set([...wanted].flatMap(([key, one]) => (found.has(key) ? [accessOf(one)] : []))),
  toBind: new Set(changes.flatMap((change) => (change.kind === 'bind' ? [change.access] : []))),
  gone: new Set([...policies].flatMap(([resource, { kind }]) => (kind === 'absent' ? [resource] : []))),
});

export const mayRevokeOf = (
  { namedKeys, ...swept }: Omit<MayRevoke, 'grants'> & { readonly namedKeys: NamedKeys },
  tagKey: string,
): MayRevoke => ({
  released: swept.released,
  mayLeave: swept.mayLeave,
  grants: grantsNamedBy(namedKeys, tagKey),
});

export const includesGrant = (grants: MayRevoke['grants'], name: string): boolean =>
  grants === 'all' || grants.includes(name);

/** The grants of these keys. */
export const grantsNamedBy = (namedKeys: NamedKeys, tagKey: string): MayRevoke['grants'] =>
  namedKeys === 'all' ? 'all' : namedKeys.flatMap((key) => grantOfKey(key, tagKey) ?? []);
