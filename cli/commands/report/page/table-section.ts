import { type Html, html } from './html.ts';

interface TableSection<Row> {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** Shown if there are no rows. */
  readonly empty: string;
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  readonly cells: (row: Row) => readonly Html[];
}

/** A longer table would slow the page down, and no one reads it: it is in the JSON of the page. */
const mostRows = 500;

/** A heading with a table, or with one line if there is nothing. */
export const tableSection = <Row>(section: TableSection<Row>): Html => {
  const { id, title, note, empty, head, rows, cells } = section;
  const heading = html`<h2 id="${id}">${title}${rows.length === 0 ? '' : ` (${rows.length})`}</h2>`;
  if (rows.length === 0) return html`${heading}<p class="quiet">${empty}</p>`;
  const left = rows.length - mostRows;
  return html`${heading}${note === undefined ? html`` : html`<p class="quiet">${note}</p>`}
<table class="cards still">
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.slice(0, mostRows).map(
    (
      row,
    ) => html`<tr>${cells(row).map((cell, index) => html`<td data-label="${head[index] ?? ''}">${cell}</td>`)}</tr>
`,
  )}</tbody>
</table>${left > 0 ? html`<p class="quiet">${left} more are in the JSON of this page.</p>` : html``}`;
};
