import { invalidQuery } from './api.ts';
import type { Table } from './datasets.ts';

export interface ParsedQuery {
  readonly columns: string;
  /** The parts of the table's name: two or three. */
  readonly table?: readonly string[];
  readonly limit: number;
}

/** The SQL that the stand-in knows, besides access-statements.ts: `SELECT columns [FROM table] [LIMIT n]`. @throws GoogleError */
export const parseQuery = (sql: string): ParsedQuery => {
  const [, columns, table, limit] =
    /^\s*SELECT\s+(.+?)(?:\s+FROM\s+`?([\w-]+(?:\.\w+){1,2})`?)?(?:\s+LIMIT\s+(\d+))?\s*;?\s*$/is.exec(sql) ??
    [];
  if (columns === undefined)
    throw invalidQuery('The stand-in only knows SELECT columns [FROM table] [LIMIT n].');
  return {
    columns,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit),
    ...(table === undefined ? {} : { table: table.split('.') }),
  };
};

/** @throws GoogleError for an unknown column. */
export const selected = ({ columns, limit }: ParsedQuery, table: Table): Table => {
  if (columns.trim() === '*') return { fields: table.fields, rows: table.rows.slice(0, limit) };
  const expressions = columns.split(',').map((text, index) => expressionOf(text.trim(), index, table));
  const isCount = expressions.some(({ isAggregate }) => isAggregate);
  const rows = isCount ? table.rows.slice(0, 1) : table.rows.slice(0, limit);
  return {
    fields: expressions.map(({ name, type }) => ({ name, type })),
    rows: (isCount && rows.length === 0 ? [[]] : rows).map((row) =>
      expressions.map(({ valueIn }) => valueIn(row)),
    ),
  };
};

interface Expression {
  readonly name: string;
  readonly type: string;
  readonly isAggregate?: boolean;
  readonly valueIn: (row: readonly unknown[]) => unknown;
}

const expressionOf = (text: string, index: number, { fields, rows }: Table): Expression => {
  const [, expression = text, alias] = /^(.+?)\s+AS\s+(\w+)$/i.exec(text) ?? [];
  const name = alias ?? `f${index}_`;
  if (/^COUNT\(\*\)$/i.test(expression))
    return { name, type: 'INTEGER', isAggregate: true, valueIn: () => rows.length };
  if (/^\d+$/.test(expression)) return { name, type: 'INTEGER', valueIn: () => Number(expression) };
  const [, quoted] = /^['"]([^'"]*)['"]$/.exec(expression) ?? [];
  if (quoted !== undefined) return { name, type: 'STRING', valueIn: () => quoted };
  const at = fields.findIndex((field) => field.name === expression);
  const field = fields[at];
  if (field === undefined) throw invalidQuery(`Unrecognized name: ${expression} at [1:8]`);
  return { name: alias ?? field.name, type: field.type, valueIn: (row) => row[at] };
};

/** All values travel as text. */
export const rowsOf = (rows: Table['rows']) =>
  rows.map((row) => ({
    f: row.map((value) => ({ v: value === undefined || value === null ? null : String(value) })),
  }));
