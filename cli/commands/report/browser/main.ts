import { askGoogle } from '../../../../shared/report/ask-google.ts';
import { besideRows, isPolicyUnread } from '../../../../shared/report/beside-rows.ts';
import type { Report } from '../../../../shared/report/report.ts';
import {
  type RowGroup,
  type Selection,
  selectRows,
  shownRows,
  sortRows,
} from '../../../../shared/report/selection.ts';
import {
  isSelectionLink,
  parseSelection,
  selectionLink,
  wholeReport,
} from '../../../../shared/report/selection-link.ts';
import { unknownNames } from '../../../../shared/report/unknown-names.ts';
import { connectControls, showControls } from './controls.ts';
import { byId, textIn } from './dom.ts';
import { drawGraph } from './draw-graph.ts';
import { drawTable } from './draw-table.ts';
import { saveCsv } from './save-csv.ts';
import { showBeside } from './show-beside.ts';
import { showUnknown } from './show-unknown.ts';

/** The page's script. It reads the report that is embedded in the page, and sends nothing. */
const start = (): void => {
  const report = JSON.parse(textIn('report')) as Report;
  const rows = shownRows(report);
  let selection = parseSelection(location.hash);
  let isWhole = false;
  let groups: readonly RowGroup[] = [];

  const sorted = lastResult((order: string) => sortRows(rows, parseSelection(order)));
  const unknown = lastResult((names: string) => unknownNames(report, parseSelection(names)));

  const draw = (): void => {
    const focused = document.activeElement;
    const { sort, isDescending, role, to } = selection;
    const only = { ...(role === undefined ? {} : { role }), ...(to === undefined ? {} : { to }) };
    groups = selectRows(sorted(selectionLink({ ...wholeReport, sort, isDescending })), selection);
    drawTable(groups, selection, { isWhole, showAll });
    drawGraph(groups);
    showControls(selection, groups, rows.length);
    byId('ask-google').textContent = askGoogle(to);
    showUnknown(unknown(selectionLink({ ...wholeReport, ...only })));
    showBeside(besideRows(report, selection), isPolicyUnread(report, selection));
    // The link that was followed is gone. Without a place, the keyboard would begin at the top of the page again.
    if (focused?.isConnected === false) byId('count').focus();
  };
  const showAll = (): void => {
    isWhole = true;
    draw();
  };
  /** `isStep`: the back button of the browser leads to the selection before. */
  const select = (changes: Partial<Selection>, isStep: boolean): void => {
    selection = { ...selection, ...changes };
    isWhole = false;
    history[isStep ? 'pushState' : 'replaceState'](null, '', selectionLink(selection));
    draw();
  };

  connectControls({
    select,
    current: () => selection,
    save: () => saveCsv(groups.flatMap((group) => group.rows.map(({ row }) => row))),
  });
  addEventListener('hashchange', () => {
    if (!isSelectionLink(location.hash)) {
      history.replaceState(null, '', selectionLink(selection));
      return;
    }
    selection = parseSelection(location.hash);
    isWhole = false;
    draw();
  });
  // Paper has no "show all", and nothing to open.
  addEventListener('beforeprint', () => {
    showAll();
    for (const one of document.querySelectorAll('details')) one.open = true;
  });
  byId('access').hidden = false;
  draw();
};

/** Remembers the last result. */
const lastResult = <T>(make: (key: string) => T): ((key: string) => T) => {
  let last: { readonly key: string; readonly value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
};

start();
