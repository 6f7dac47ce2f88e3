import {
  type Column,
  columns,
  groups as groupings,
  type RowGroup,
  type Selection,
  shows,
} from '../../../../shared/report/selection.ts';
import { wholeReport } from '../../../../shared/report/selection-link.ts';
import { visibleText } from '../../../../shared/report/visible-text.ts';
import { byId, inputOf } from './dom.ts';

interface Actions {
  readonly select: (changes: Partial<Selection>, isStep: boolean) => void;
  readonly current: () => Selection;
  readonly save: () => void;
}

/** Lets the inputs, the headers of the table and the keyboard change the selection. */
export const connectControls = ({ select, current, save }: Actions): void => {
  const filter = inputOf('filter');
  filter.addEventListener('input', () => select({ filter: filter.value }, false));
  const show = inputOf('show');
  show.addEventListener('change', () =>
    select({ show: shows.find((one) => one === show.value) ?? 'all' }, true),
  );
  const group = inputOf('group');
  group.addEventListener('change', () =>
    select({ group: groupings.find((one) => one === group.value) ?? 'none' }, true),
  );
  byId('clear').addEventListener('click', () => {
    location.hash = '';
    filter.focus();
  });
  byId('save').addEventListener('click', save);
  for (const column of columns)
    byId(`sort-${column}`).addEventListener('click', () => {
      const { sort, isDescending } = current();
      select({ sort: column, isDescending: sort === column && !isDescending }, true);
    });
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = document.activeElement instanceof HTMLInputElement;
    if (event.key === '/' && !isTyping) {
      event.preventDefault();
      filter.focus();
    }
    if (event.key === 'Escape' && document.activeElement === filter) select({ filter: '' }, false);
  });
};

/** Shows a selection in the controls, and how many rows it has. */
export const showControls = (selection: Selection, groups: readonly RowGroup[], all: number): void => {
  const { filter, show, group, role, to } = selection;
  for (const [id, value] of Object.entries({ filter, show, group })) {
    const input = inputOf(id);
    if (input.value !== value) input.value = value;
  }
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const only = [
    ...(role === undefined ? [] : [`role ${visibleText(role)}`]),
    ...(to === undefined ? [] : [`access to ${visibleText(to)}`]),
  ];
  byId('count').textContent =
    `${count} of ${all} ${all === 1 ? 'row' : 'rows'}${only.length === 0 ? '' : `, only ${only.join(', ')}`}`;
  byId('clear').hidden = isWhole(selection);
  for (const column of columns) byId(`head-${column}`).ariaSort = sortOf(selection, column);
};

const isWhole = ({ filter, show, role, to, group }: Selection): boolean =>
  filter === '' &&
  show === wholeReport.show &&
  group === wholeReport.group &&
  role === undefined &&
  to === undefined;

const sortOf = ({ sort, isDescending }: Selection, column: Column): string => {
  if (sort !== column) return 'none';
  return isDescending ? 'descending' : 'ascending';
};
