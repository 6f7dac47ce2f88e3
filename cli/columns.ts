import Table from 'cli-table3';
import { widthOf, wrapped } from './wrapped.ts';

const edges = ['top', 'bottom', 'left', 'right', 'mid'];
const corners = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right'];
const crossings = ['left-mid', 'mid-mid', 'right-mid'];
const none = Object.fromEntries([...edges, ...corners, ...crossings].map((place) => [place, '']));
const gap = '  ';

/** A table without lines. Its columns are as wide as their content, or as the terminal allows. */
export const columns = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string => {
  const widths = fitting(
    head.map((title, at) => Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(widthOf))),
    width - gap.length * (head.length - 1),
  );
  const cells = (row: readonly string[]): string[] =>
    row.map((cell, at) => broken(cell, widths[at] ?? cell.length));
  const table = new Table({
    head: cells(head),
    chars: { ...none, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map(cells));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

const narrowest = 8;

/** Takes from the widest column until all of them fit. */
const fitting = (widths: readonly number[], width: number): readonly number[] => {
  const widest = Math.max(...widths);
  if (widest <= narrowest || widths.reduce((sum, one) => sum + one, 0) <= width) return widths;
  return fitting(widths.with(widths.indexOf(widest), widest - 1), width);
};

/** Breaks a cell between words, and a long name, such as an e-mail, within. */
const broken = (cell: string, width: number): string =>
  wrapped(cell, width)
    .split('\n')
    .flatMap((line) => (widthOf(line) > width ? pieces(line, width) : [line]))
    .join('\n');

const pieces = (name: string, width: number): readonly string[] => {
  if (name.length <= width) return [name];
  const head = name.slice(0, width);
  const end = Math.max(...['@', '.', '-', '/', ':'].map((mark) => head.lastIndexOf(mark) + 1));
  const at = end > width / 2 ? end : width;
  return [name.slice(0, at), ...pieces(name.slice(at), width)];
};
