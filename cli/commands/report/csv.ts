import { conditionText } from '../../../shared/report/binding-notes.ts';
import type { ReportRow } from '../../../shared/report/row.ts';
import { csvLine } from '../../csv.ts';

/** The lines of a CSV file, with a header. */
export const reportLines = (rows: readonly ReportRow[]): readonly string[] =>
  [header, ...rows.map(cellsOf)].map(csvLine);

const header = [
  'account',
  'role',
  'role_id',
  'grant',
  'target',
  'google_role',
  'resource',
  'state',
  'is_held',
  'since',
  'expires_at',
  'requested_by',
  'event_name',
  'event_id',
  'event_at',
  'rule',
  'reason',
  'pool',
  'condition',
  'is_role_unseen',
];

const cellsOf = (row: ReportRow): readonly string[] => {
  const { role, grant = '', target, googleRole = '', resource = '', state, isHeld } = row;
  const { since = '', expiresAt = '', requestedBy = '', event = {}, rule = '', reason = '', pool = '' } = row;
  const { name = '', id = '', at = '' } = event;
  const access = [
    role.accountId,
    role.roleName,
    role.roleId ?? '',
    grant,
    target,
    googleRole,
    resource,
    state,
  ];
  const held = isHeld === true ? 'yes' : 'no';
  const condition = row.condition === undefined ? '' : conditionText(row.condition);
  const unseen = row.isRoleUnseen === true ? 'yes' : 'no';
  return [
    ...access,
    held,
    since,
    expiresAt,
    requestedBy,
    name,
    id,
    at,
    rule,
    reason,
    pool,
    condition,
    unseen,
  ];
};
