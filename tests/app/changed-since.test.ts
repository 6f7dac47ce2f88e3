import { isOtherRole } from '../../shared/app/reconcile.ts';
import type { RoleState } from '../../shared/core/model.ts';
import { reader, reports } from '../support/settings.ts';
import { present } from '../support/snapshot.ts';

const tagged = present('reports', { 'google-access': reader, Name: 'x' });
const absent: RoleState = { kind: 'absent', ref: reports };

describe('whether a role is other than it was planned for', () => {
  it('is not where its tags come in another order', () => {
    expect(isOtherRole(tagged, { ...tagged, tags: tagged.tags.toReversed() })).toBe(false);
    expect(isOtherRole(absent, absent)).toBe(false);
  });

  it.each<[string, RoleState]>([
    ['tagged otherwise', present('reports', { 'google-access': reader, Name: 'y' })],
    ['tagged under another key', present('reports', { 'google-access': reader, name: 'x' })],
    ['untagged', present('reports')],
    ['deleted', absent],
    ['created again', { ...tagged, roleId: 'AROAOTHER' }],
  ])('is where it is %s', (_, role) => {
    expect(isOtherRole(tagged, role)).toBe(true);
  });

  it('is where it is there again', () => {
    expect(isOtherRole(absent, tagged)).toBe(true);
  });
});
