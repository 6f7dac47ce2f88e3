import { createHash } from 'node:crypto';
import type { Adoption } from './answer.ts';
import type { InheritedList } from './inherited.ts';
import { roleOfMember } from './member.ts';
import type { RoleRef } from './model.ts';
import { roleKey } from './role-key.ts';
import type { Settings } from './settings.ts';
import type { TableView } from './table-view.ts';
import { type AccessName, accessOf, type Site, siteOfAccess } from './target.ts';

/** A member that a site had before rolebridge used it, with its role. */
export interface InheritedMember extends Site {
  readonly role: RoleRef;
  readonly member: string;
  /** A person has answered that it stays. */
  readonly isKept?: true;
}

/** Everything that a person's answer covers. */
export interface ListedMembers {
  readonly members: readonly InheritedMember[];
  /** A hash of all of this: an answer covers exactly what was shown. */
  readonly hash: string;
}

/**
 * Lists the members that an answer covers: those that no person has answered for. Only a person who names a role can remove
 * one that another person kept. `settings`: with the pools that earlier files named.
 */
export const membersFor = (settings: Settings, view: TableView, adoption: Adoption): ListedMembers => {
  const { resource, googleRole, role, verdict } = adoption;
  const members = inheritedMembers(settings, view).filter(
    (one) =>
      one.resource === resource &&
      (googleRole === undefined || one.googleRole === googleRole) &&
      (role === undefined || roleKey(one.role) === role) &&
      (one.isKept !== true || (verdict === 'remove' && role !== undefined)),
  );
  const ids = [...usedLists(view)].map(({ id }) => id);
  const names = members.map(({ member, isKept, ...site }) => [accessOf(site), member, isKept === true]);
  return {
    members,
    hash: createHash('sha256')
      .update(JSON.stringify([resource, googleRole, role, verdict, ids.toSorted(), names]))
      .digest('hex')
      .slice(0, 16),
  };
};

/** All inherited members, kept or not, in a fixed order. A member that the ledger lists by now is ours. */
export const inheritedMembers = (settings: Settings, view: TableView): readonly InheritedMember[] => {
  const ours = listedAccess(view);
  return usedLists(view)
    .flatMap(({ access, open, kept }) => [
      ...open.map((member) => ({ access, member, isKept: false })),
      ...kept.map((member) => ({ access, member, isKept: true })),
    ])
    .flatMap(({ access, member, isKept }): readonly InheritedMember[] => {
      const role = roleOfMember(settings, member);
      if (role === undefined || ours.has(memberKey(access, member))) return [];
      return [{ ...siteOfAccess(access), role, member, ...(isKept ? { isKept } : {}) }];
    })
    .toSorted((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1));
};

/** The list with the answer in it: a kept member stays on it, and one that is to be removed leaves it. */
export const answeredList = (
  list: InheritedList,
  { members }: ListedMembers,
  verdict: Adoption['verdict'],
): InheritedList => {
  const covered = new Set(members.filter((one) => accessOf(one) === list.access).map(({ member }) => member));
  const open = list.open.filter((member) => !covered.has(member));
  return verdict === 'keep'
    ? { ...list, open, kept: [...list.kept, ...list.open.filter((member) => covered.has(member))] }
    : { ...list, open, kept: list.kept.filter((member) => !covered.has(member)) };
};

/** The lists of the sites that are in use. */
export const usedLists = ({ scope, inherited }: TableView): readonly InheritedList[] =>
  scope.flatMap(({ inherited: id }) => (id === undefined ? [] : (inherited.get(id) ?? [])));

/** Sites whose list the table lacks, or lacks a part of. All their members count as inherited. */
export const sitesWithoutList = ({ scope, inherited }: TableView): TableView['scope'] =>
  scope.filter(({ inherited: id }) => id !== undefined && !inherited.has(id));

/** Names every access that the ledger lists, as `memberKey` does. */
export const listedAccess = ({ ledgers }: TableView): ReadonlySet<string> =>
  new Set(
    [...ledgers.values()].flatMap(({ entries }) =>
      entries.map((entry) => memberKey(accessOf(entry), entry.member)),
    ),
  );

export const memberKey = (access: AccessName, member: string): string => `${access} ${member}`;

const orderKey = (one: InheritedMember): string => memberKey(accessOf(one), one.member);
