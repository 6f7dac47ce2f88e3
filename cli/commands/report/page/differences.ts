import { roleLabel } from '../../../../shared/core/role-argument.ts';
import { shortArn } from '../../../../shared/core/short-arn.ts';
import { bindingNotes, conditionText } from '../../../../shared/report/binding-notes.ts';
import type { ChangedRow, ReportDifference } from '../../../../shared/report/difference.ts';
import type { Report } from '../../../../shared/report/report.ts';
import type { ReportRow } from '../../../../shared/report/row.ts';
import { endText, minutes } from '../../../../shared/report/selection.ts';
import { pastStateText, stateText } from '../../../../shared/report/state-text.ts';
import type { UnmanagedMember } from '../../../../shared/report/unmanaged-members.ts';
import { type Html, html } from './html.ts';
import { shown } from './shown.ts';
import { tableSection } from './table-section.ts';

/** The differences from the earlier report, if there is one. */
export const differences = ({ difference, accounts }: Report): Html =>
  difference === undefined
    ? html``
    : tableSection({
        id: 'difference',
        title: `Since the report of ${minutes(difference.previousAt)}`,
        note: noteOf(difference),
        empty: difference.isIncomplete ? 'No difference in what both reports saw.' : 'No difference.',
        head: ['Difference', 'Role', 'Grant', 'Target', 'Requested by', 'Details'],
        rows: linesOf(difference),
        cells: (line: Line) => line(accounts),
      });

const noteOf = ({ isIncomplete }: ReportDifference): string =>
  isIncomplete
    ? 'One of the two reports did not see everything. Access that only one of them shows may have been there all along.'
    : 'Both reports saw everything that they looked for.';

type Line = (accounts: readonly string[]) => readonly Html[];

const linesOf = (difference: ReportDifference): readonly Line[] => [
  ...difference.added.map((row) => rowLine('new', row)),
  ...difference.removed.map((row) => rowLine('gone', row)),
  ...difference.changed.map(changedLine),
  ...difference.unmanagedAdded.map((member) =>
    memberLine('new member that rolebridge does not manage', member),
  ),
  ...difference.unmanagedRemoved.map((member) =>
    memberLine('gone: a member that rolebridge does not manage', member),
  ),
];

const rowLine =
  (what: string, row: ReportRow): Line =>
  (accounts) => [
    html`${what}`,
    ...accessCells(accounts, row),
    shown(
      [
        [what === 'gone' ? pastStateText[row.state] : stateText[row.state], ...untilOf(row)].join(', '),
        ...bindingNotes(row),
      ].join('. '),
    ),
  ];

const untilOf = ({ expiresAt }: ReportRow): readonly string[] =>
  expiresAt === undefined ? [] : [`until ${endText(expiresAt)}`];

const changedLine =
  ({ before, after, fields }: ChangedRow): Line =>
  (accounts) => [
    html`changed`,
    ...accessCells(accounts, after),
    html`${fields.map(
      (field) => html`<div>${fieldTitles[field]}: ${valueOf(before, field)} → ${valueOf(after, field)}</div>`,
    )}`,
  ];

const accessCells = (accounts: readonly string[], row: ReportRow): readonly Html[] => [
  shown(roleLabel(accounts, row.role)),
  shown(row.grant ?? ''),
  shown(row.target),
  shown(shortArn(row.requestedBy ?? '')),
];

const memberLine =
  (what: string, { member, googleRole, resource, condition }: UnmanagedMember): Line =>
  () => {
    const details =
      condition === undefined ? member : `${member}, under the condition ${conditionText(condition)}`;
    return [html`${what}`, html``, html``, shown(`${googleRole} on ${resource}`), html``, shown(details)];
  };

type Field = ChangedRow['fields'][number];

const fieldTitles: Readonly<Record<Field, string>> = {
  state: 'state',
  isHeld: 'revocation held',
  roleId: 'role id',
  since: 'since',
  expiresAt: 'until',
  requestedBy: 'requested by',
  rule: 'rule',
  reason: 'reason',
};

const valueOf = (row: ReportRow, field: Field): Html => {
  if (field === 'state') return shown(stateText[row.state]);
  if (field === 'isHeld') return html`${row.isHeld === true ? 'yes' : 'no'}`;
  const value = field === 'roleId' ? row.role.roleId : row[field];
  if (value === undefined) return html`<span class="quiet">none</span>`;
  if (field === 'expiresAt') return shown(endText(value));
  return shown(field === 'since' ? minutes(value) : value);
};
