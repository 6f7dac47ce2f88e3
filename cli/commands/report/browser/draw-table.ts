import { columnTitles } from '../../../../shared/report/column-titles.ts';
import {
  type Column,
  columns,
  type RowGroup,
  type Selection,
  type ShownRow,
} from '../../../../shared/report/selection.ts';
import { selectionLink, wholeReport } from '../../../../shared/report/selection-link.ts';
import { breakableParts, visibleText } from '../../../../shared/report/visible-text.ts';
import { byId, element } from './dom.ts';

interface Extent {
  readonly isWhole: boolean;
  readonly showAll: () => void;
}

/** A reader looks at the first screens. More rows would only slow the page down. */
const firstRows = 50;

/** Fills the table, up to the first rows unless all were asked for. */
export const drawTable = (
  groups: readonly RowGroup[],
  selection: Selection,
  { isWhole, showAll }: Extent,
): void => {
  const table = byId('rows');
  for (const body of table.querySelectorAll('tbody')) body.remove();
  let left = isWhole ? Number.POSITIVE_INFINITY : firstRows;
  for (const { title, rows } of groups) {
    if (left <= 0) break;
    const shown = rows.slice(0, left);
    left -= shown.length;
    table.append(
      element(
        'tbody',
        {},
        ...(title === undefined ? [] : [groupHead(title, rows)]),
        ...shown.flatMap((one) => rowElements(one, selection)),
      ),
    );
  }
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const more = byId('more');
  more.replaceChildren();
  if (count === 0) more.append('No row matches.');
  if (count > firstRows && !isWhole) {
    const button = element('button', { type: 'button', id: 'show-all' }, `Show all ${count} rows`);
    button.addEventListener('click', () => {
      showAll();
      // Where the button was.
      table.querySelectorAll('tbody tr[data-state]')[firstRows]?.querySelector('a')?.focus();
    });
    more.append(`The first ${firstRows} of ${count} rows are shown. `, button);
  }
};

const groupHead = (title: string, rows: readonly ShownRow[]): HTMLElement =>
  element(
    'tr',
    { class: 'group' },
    element(
      'th',
      { scope: 'rowgroup', colspan: String(columns.length) },
      element('bdi', {}, title),
      ` (${rows.length})`,
    ),
  );

const rowElements = (one: ShownRow, selection: Selection): readonly HTMLElement[] => [
  element(
    'tr',
    { 'data-state': one.row.state },
    ...columns.map((column) =>
      element(
        'td',
        { 'data-column': column, 'data-label': columnTitles[column], title: titleOf(one, column) },
        ...cellContent(one, column, selection),
      ),
    ),
  ),
  ...(one.reason === ''
    ? []
    : [
        element(
          'tr',
          { class: 'reason' },
          element('td', { colspan: String(columns.length) }, element('bdi', {}, one.reason)),
        ),
      ]),
];

/** The full form of a shortened text. */
const titleOf = ({ row }: ShownRow, column: Column): string | undefined => {
  if (column === 'until' && row.expiresAt !== undefined) return visibleText(row.expiresAt);
  if (column === 'requester' && row.requestedBy !== undefined) return visibleText(row.requestedBy);
  if (column === 'event' && row.event?.id !== undefined) return `event id ${visibleText(row.event.id)}`;
  if (column !== 'role' || row.role.roleId !== undefined) return undefined;
  return row.isRoleUnseen === true
    ? 'It may exist: its AWS account could not be listed, or is not in rolebridge.yml.'
    : 'There is no such role.';
};

/** Roles and resources lead to everything about them. */
const cellContent = (
  { row, cells }: ShownRow,
  column: Column,
  { sort, isDescending }: Selection,
): readonly (Node | string)[] => {
  const text = cells[column];
  if (text === '') return [];
  const linked = (only: Partial<Selection>): Node =>
    element('a', { href: selectionLink({ ...wholeReport, sort, isDescending, ...only }) }, breakable(text));
  if (column === 'role') {
    const link = linked({ role: `${row.role.accountId}/${row.role.roleName}` });
    const gone = row.isRoleUnseen === true ? ' (not seen)' : ' (gone)';
    return row.role.roleId === undefined ? [link, gone] : [link];
  }
  if (column === 'resource') return [linked({ to: row.resource ?? text })];
  if (column === 'access' && row.googleRole !== undefined)
    return [linked({ to: row.resource === row.target ? row.target : row.googleRole })];
  if (column === 'since' || column === 'until' || column === 'event') return words(text);
  return column === 'state' ? [element('span', { class: 'state' }, text)] : [breakable(text)];
};

/** A day does not break at its hyphens. */
const words = (text: string): readonly (Node | string)[] =>
  text
    .split(' ')
    .flatMap((word) => [
      ' ',
      /^\d{4}-\d\d-\d\d$/.test(word) ? element('span', { class: 'time' }, word) : breakable(word),
    ]);

const breakable = (text: string): Node =>
  element(
    'bdi',
    {},
    ...breakableParts(text).flatMap((part, index) => (index === 0 ? [part] : [element('wbr', {}), part])),
  );
