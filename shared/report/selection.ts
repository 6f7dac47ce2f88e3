import { dayEndText } from '../core/end-text.ts';
import { roleLabel } from '../core/role-argument.ts';
import { roleKey } from '../core/role-key.ts';
import { shortArn } from '../core/short-arn.ts';
import { isAccessTo } from './access-to.ts';
import { bindingNotes } from './binding-notes.ts';
import { isActive, isEndingSoon } from './counts.ts';
import type { Report } from './report.ts';
import type { ReportRow } from './row.ts';
import { stateText } from './state-text.ts';
import { visibleText } from './visible-text.ts';

/** The rows that a reader of the page chose to see. */
export interface Selection {
  /** Words that a row must contain, in any casing. */
  readonly filter: string;
  readonly show: Show;
  /** A role's name, or ACCOUNT/NAME. */
  readonly role?: string;
  /** A service account, a resource or a Google role. */
  readonly to?: string;
  readonly sort: Column;
  readonly isDescending: boolean;
  readonly group: Group;
}

export const shows = ['all', 'active', 'refused', 'held', 'drifted', 'ending', 'unseen'] as const;
export type Show = (typeof shows)[number];

export const groups = ['none', 'role', 'resource'] as const;
export type Group = (typeof groups)[number];

export const columns = [
  'role',
  'account',
  'grant',
  'access',
  'resource',
  'since',
  'until',
  'state',
  'requester',
  'event',
  'rule',
] as const;
export type Column = (typeof columns)[number];

type Order = Pick<Selection, 'sort' | 'isDescending'>;

/** A row with the texts of its cells. */
export interface ShownRow {
  readonly row: ReportRow;
  /** ACCOUNT/NAME, or the name if its account is the only one that is configured. */
  readonly label: string;
  readonly cells: Readonly<Record<Column, string>>;
  /** Why it was refused or is not bound, and what is unusual about its binding. */
  readonly reason: string;
  readonly isDrifted: boolean;
  readonly isEnding: boolean;
  /** Everything that the filter searches, in lower case. */
  readonly searched: string;
}

export interface RowGroup {
  /** Undefined if rows are not grouped. */
  readonly title: string | undefined;
  readonly rows: readonly ShownRow[];
}

/** Prepares the rows once, so that filtering only compares texts. */
export const shownRows = ({ at, accounts, rows, changes }: Report): readonly ShownRow[] => {
  const now = new Date(at);
  const drifted = new Set(changes.map(({ role }) => roleKey(role)));
  return rows.map((row): ShownRow => {
    const cells = cellsOf(row);
    const reason = visibleText([row.reason ?? '', ...bindingNotes(row)].join(' ').trim());
    const texts = [...Object.values(cells), reason, row.target, row.requestedBy ?? '', nameOf(row.role)];
    return {
      row,
      label: visibleText(roleLabel(accounts, row.role)),
      cells,
      reason,
      isDrifted: drifted.has(roleKey(row.role)),
      isEnding: isActive(row) && isEndingSoon(row, now),
      searched: texts.join('\n').toLowerCase(),
    };
  });
};

/** Sorting takes longer than filtering, and is needed only if the order changes. */
export const sortRows = (all: readonly ShownRow[], selection: Order): readonly ShownRow[] =>
  all.toSorted(orderOf(selection));

/** The rows that a selection shows, of all rows in its order. */
export const selectRows = (sorted: readonly ShownRow[], selection: Selection): readonly RowGroup[] => {
  const words = selection.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const isShown = showTests[selection.show];
  const role = selection.role?.toLowerCase();
  const to = selection.to?.toLowerCase();
  const found = sorted.filter(
    (one) =>
      words.every((word) => one.searched.includes(word)) &&
      isShown(one) &&
      (role === undefined || isRole(one, role)) &&
      (to === undefined || isAccessTo(one.row, to)),
  );
  if (selection.group === 'none') return [{ title: undefined, rows: found }];
  const { group } = selection;
  return [...Map.groupBy(found, (one) => groupTitle(one, group))]
    .toSorted(([a], [b]) => compareTexts(a, b))
    .map(([title, rows]) => ({ title, rows }));
};

const nameOf = ({ accountId, roleName }: ReportRow['role']): string => `${accountId}/${roleName}`;

const cellsOf = (row: ReportRow): ShownRow['cells'] => {
  const { role, grant = '', target, googleRole, resource, rule = '', event = {} } = row;
  return {
    role: visibleText(role.roleName),
    account: visibleText(role.accountId),
    grant: visibleText(grant),
    access: visibleText(isDirect(row) ? (googleRole ?? '') : target),
    resource: isDirect(row) ? visibleText(resource ?? '') : '',
    since: minutes(row.since),
    until: endText(row.expiresAt),
    state: stateOf(row),
    requester: visibleText(shortArn(row.requestedBy ?? '')),
    event: [visibleText(event.name ?? ''), minutes(event.at)].join(' ').trim(),
    rule: visibleText(rule),
  };
};

/** Whether the access is a Google role on a resource, and not a service account. */
export const isDirect = ({ target, googleRole, resource }: ReportRow): boolean =>
  googleRole !== undefined && resource !== undefined && resource !== target;

/** `end of 2026-12-31 (UTC)` for a day, `2026-12-31 18:00` for a time */
export const endText = (expiresAt: string | undefined): string =>
  dayEndText(expiresAt ?? '') ?? minutes(expiresAt);

/** In words that say whether the access is there. */
const stateOf = ({ state, isHeld }: ReportRow): string =>
  [
    ...(state === 'unasked' || state === 'unclear' ? ['bound'] : []),
    stateText[state],
    ...(isHeld === true ? ['revocation held'] : []),
  ].join(', ');

/** `2026-12-31 18:00` of `2026-12-31T18:00:00Z` */
export const minutes = (moment: string | undefined): string =>
  moment === undefined ? '' : visibleText(moment.slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' '));

const showTests: Readonly<Record<Show, (one: ShownRow) => boolean>> = {
  all: () => true,
  active: ({ row }) => isActive(row),
  refused: ({ row }) => row.state === 'refused',
  held: ({ row }) => row.isHeld === true,
  drifted: ({ isDrifted }) => isDrifted,
  ending: ({ isEnding }) => isEnding,
  unseen: ({ row }) => row.state === 'unseen',
};

const isRole = ({ row: { role } }: ShownRow, wanted: string): boolean =>
  [role.roleName, nameOf(role)].some((name) => name.toLowerCase() === wanted);

const groupTitle = (one: ShownRow, group: Exclude<Group, 'none'>): string =>
  group === 'role' ? one.label : resourceOf(one);

/** The service account of a row, or the resource of a Google role. */
export const resourceOf = ({ cells }: ShownRow): string =>
  cells.resource === '' ? cells.access : cells.resource;

/** An empty cell comes last in both directions: access without an end never ends. */
const orderOf =
  ({ sort, isDescending }: Order) =>
  (one: ShownRow, other: ShownRow): number => {
    const [a, b] = [sortedText(one, sort), sortedText(other, sort)];
    if (a === '' || b === '') return Number(a === '') - Number(b === '');
    return isDescending ? compareTexts(b, a) : compareTexts(a, b);
  };

/** The text of an end does not begin with its time. */
const sortedText = ({ row, cells }: ShownRow, column: Column): string =>
  column === 'until' ? minutes(row.expiresAt) : cells[column];

/** Much faster than localeCompare, and the same on every machine. */
const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
