import type { ReportRow } from '../../../../shared/report/row.ts';
import { reportLines } from '../csv.ts';
import { element } from './dom.ts';

/** Lets the browser save rows as a file, in the form of `rolebridge report --csv`. Nothing is sent. */
export const saveCsv = (rows: readonly ReportRow[]): void => {
  const text = reportLines(rows)
    .map((line) => `${line}\r\n`)
    .join('');
  const href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  element('a', { href, download: 'access.csv' }).click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
};
