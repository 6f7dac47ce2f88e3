import { isOtherRole } from '../../shared/app/reconcile.ts';
import type { RoleState } from '../../shared/core/model.ts';
import { reader, reports } from '../support/settings.ts';
import { present } from '../support/snapshot.ts';

const tagged = present('reports', { 'google-access': reader, Name: 'x' });
const absent: RoleState = { kind: 'absent', ref: reports };

describe('isOtherRole: whether a role differs from the role that was planned', () => {
  it('is false if only the order of its tags differs', () => {
    expect(isOtherRole(tagged, { ...tagged, tags: tagged.tags.toReversed() })).toBe(false);
    expect(isOtherRole(absent, absent)).toBe(false);
  });

  it.each<[string, RoleState]>([
    ['tagged otherwise', present('reports', { 'google-access': reader, Name: 'y' })],
    ['tagged under another key', present('reports', { 'google-access': reader, name: 'x' })],
    ['untagged', present('reports')],
    ['deleted', absent],
    ['created again', { ...tagged, roleId: 'AROAOTHER' }],
  ])('is true if the role is %s', (_, role) => {
    expect(isOtherRole(tagged, role)).toBe(true);
  });

  it('is true if the role exists again', () => {
    expect(isOtherRole(absent, tagged)).toBe(true);
  });
});
