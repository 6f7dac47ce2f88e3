import { answeredList, inheritedMembers, membersFor } from '../../shared/core/adopt.ts';
import type { Adoption } from '../../shared/core/answer.ts';
import { type InheritedList, writeInherited } from '../../shared/core/inherited.ts';
import { memberOf } from '../../shared/core/member.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { scopeSortKey, writeScopeEntry } from '../../shared/core/scope.ts';
import { scopePartition } from '../../shared/core/table-item.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { now, roleRef, settings } from '../support/settings.ts';

const resource = 'buckets/acme-in';
const access = `roles/storage.objectViewer on ${resource}`;
const [open, kept] = [memberOf(settings, roleRef('app-1')), memberOf(settings, roleRef('app-2'))];
const list: InheritedList = { id: 'a1', access, at: now.toISOString(), open: [open], kept: [kept] };
const remove = { verdict: 'remove', resource } as const;

const viewWith = (lists: readonly InheritedList[], inherited = 'a1') =>
  readTable(
    [
      ...lists.flatMap(writeInherited),
      {
        pk: scopePartition,
        sk: scopeSortKey({ kind: 'site', name: access }),
        body: writeScopeEntry({ kind: 'site', name: access, inherited }, now),
      },
    ].map((item) => ({ ...item, revision: 'r' })),
  );

describe('inherited members', () => {
  it('are those on the lists that a site in use names', () => {
    expect(inheritedMembers(settings, viewWith([list]))).toMatchObject([
      { member: open, resource },
      { member: kept, isKept: true },
    ]);
    expect(inheritedMembers(settings, viewWith([list], 'b2'))).toEqual([]);
  });

  it('are members of our pools alone', () => {
    const foreign = { ...list, open: ['user:eve@example.com'], kept: [] };
    expect(inheritedMembers(settings, viewWith([foreign]))).toEqual([]);
  });
});

it('an answer does not cover the same members of a later list', () => {
  const hashes = [list, { ...list, id: 'b2' }].map(
    (one) => membersFor(settings, viewWith([one], one.id), remove).hash,
  );
  expect(new Set(hashes).size).toBe(2);
});

it('an answer covers the members that were shown, each as it stood then, and no others', () => {
  const later = [
    list,
    { ...list, open: [memberOf(settings, roleRef('app-3'))] },
    { ...list, open: [], kept: [open, kept] },
  ];
  const hashes = later.map((one) => membersFor(settings, viewWith([one]), remove).hash);
  expect(new Set(hashes).size).toBe(later.length);
});

it('only a person who names the role, to remove it, covers a member that another person kept', () => {
  const role = roleKey(roleRef('app-2'));
  const covered = (adoption: Omit<Adoption, 'resource'>) =>
    membersFor(settings, viewWith([list]), { ...adoption, resource }).members.map(({ member }) => member);
  expect(covered({ verdict: 'remove', role })).toEqual([kept]);
  expect(covered({ verdict: 'keep', role })).toEqual([]);
  expect(covered({ verdict: 'remove' })).toEqual([open]);
});

it('an answer for one role leaves the other members open', () => {
  const other = memberOf(settings, roleRef('app-3'));
  const both = { ...list, open: [open, other] };
  const role = roleKey(roleRef('app-1'));
  const covered = membersFor(settings, viewWith([both]), { verdict: 'keep', resource, role });
  expect(answeredList(both, covered, 'keep')).toEqual({ ...list, open: [other], kept: [kept, open] });
});

it('a list of another site is left as it is', () => {
  const covered = membersFor(settings, viewWith([list]), remove);
  const other = { ...list, access: `roles/storage.objectCreator on ${resource}` };
  expect(answeredList(other, covered, 'remove')).toEqual(other);
  expect(answeredList(list, covered, 'remove')).toEqual({ ...list, open: [] });
  expect(answeredList(list, covered, 'keep')).toEqual({ ...list, open: [], kept: [kept, open] });
});
