import type { Access } from '../../../shared/core/access.ts';
import { conditionText } from '../../../shared/report/binding-notes.ts';
import { csvLine } from '../../csv.ts';

/** The lines of a CSV file, with a header. */
export const accessLines = (found: readonly Access[]): readonly string[] =>
  [header, ...found.map(rowOf)].map(csvLine);

const header = [
  'account',
  'role',
  'role_id',
  'grant',
  'target',
  'state',
  'expires_at',
  'rule',
  'reason',
  'pool',
  'condition',
  'is_role_unseen',
];

const rowOf = (access: Access): readonly string[] => {
  const { ref, roleId = '', grant = '', target, state, expiresAt = '', rule = '', reason = '' } = access;
  const { pool = '' } = access;
  const condition = access.condition === undefined ? '' : conditionText(access.condition);
  return [
    ref.accountId,
    ref.roleName,
    roleId,
    grant,
    target,
    state,
    expiresAt,
    rule,
    reason,
    pool,
    condition,
    access.isRoleUnseen === true ? 'yes' : 'no',
  ];
};
