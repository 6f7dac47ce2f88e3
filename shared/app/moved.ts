import type { RoleState } from '../core/model.ts';

const identityOf = (role: RoleState): string =>
  role.kind === 'absent'
    ? 'absent'
    : JSON.stringify([role.roleId, role.tags.map(({ key, value }) => `${key}=${value}`).toSorted()]);

/** Whether a role is other than it was planned for. Parameters do not count: others may write them. */
export const hasMoved = (before: RoleState, after: RoleState): boolean =>
  identityOf(before) !== identityOf(after);
