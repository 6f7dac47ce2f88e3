import { notFound } from '../errors.ts';
import { fieldsOf, type Method, type MethodRequest } from '../method.ts';
import { page } from '../page.ts';
import type { Surroundings } from '../surroundings.ts';
import { bigqueryApi, shortName } from './api.ts';
import { getDataset } from './dataset-methods.ts';
import { type Dataset, type Datasets, type Table, tableResource } from './datasets.ts';
import { rowsOf } from './queries.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export const tableMethods = (datasets: Datasets, surroundings: Surroundings): readonly Method[] => {
  const inTable = (
    name: string,
    http: Method['http'],
    end: string,
    permission: string,
    perform: (dataset: Dataset, id: string, table: Table, request: MethodRequest) => unknown,
  ): Method => ({
    name: `bigquery.${name}`,
    http,
    path: new RegExp(
      `^/bigquery/v2/(?<resource>projects/(?<project>[^/]+)/datasets/(?<dataset>[^/]+)/tables/(?<table>[^/]+))${end}$`,
    ),
    permission: `bigquery.tables.${permission}`,
    api: bigqueryApi,
    prepare: (request) => {
      const { table: id = '' } = request.path;
      const dataset = getDataset(
        datasets,
        surroundings,
        request.path,
        `bigquery.tables.${permission}`,
        request.caller,
      );
      return {
        on: tableResource(dataset, id),
        perform: () => {
          const table = dataset.tables.get(id);
          if (table === undefined) throw notFound(`Not found: Table ${shortName(dataset.name)}.${id}`);
          return perform(dataset, id, table, request);
        },
      };
    },
  });
  return [
    {
      name: 'bigquery.tables.list',
      http: 'GET',
      path: /^\/bigquery\/v2\/(?<resource>projects\/(?<project>[^/]+)\/datasets\/(?<dataset>[^/]+))\/tables$/,
      permission: 'bigquery.tables.list',
      api: bigqueryApi,
      prepare: ({ path, query, caller }) => {
        const on = getDataset(datasets, surroundings, path, 'bigquery.tables.list', caller);
        return { on, perform: () => listed(on, query) };
      },
    },
    inTable('tables.get', 'GET', '', 'get', (dataset, id, { fields, rows }) => ({
      kind: 'bigquery#table',
      ...named(dataset, id),
      schema: { fields },
      numRows: String(rows.length),
      location: 'EU',
    })),
    inTable('tabledata.list', 'GET', '/data', 'getData', (_, __, { rows }) => ({
      kind: 'bigquery#tableDataList',
      totalRows: String(rows.length),
      rows: rowsOf(rows),
    })),
    inTable('tabledata.insertAll', 'POST', '/insertAll', 'updateData', (dataset, id, table, { body }) => {
      const sent = (Array.isArray(body['rows']) ? body['rows'] : []).map((row) =>
        fieldsOf(fieldsOf(row)['json']),
      );
      const added = sent.map((row) => table.fields.map(({ name }) => row[name]));
      dataset.tables.set(id, { ...table, rows: [...table.rows, ...added] });
      return { kind: 'bigquery#tableDataInsertAllResponse' };
    }),
  ];
};

const listed = (dataset: Dataset, query: URLSearchParams) => {
  const asked = new URLSearchParams({
    pageSize: query.get('maxResults') ?? '0',
    pageToken: query.get('pageToken') ?? '',
  });
  const { items, ...next } = page([...dataset.tables.keys()], (id) => id, asked, { usual: 50, most: 1000 });
  return {
    kind: 'bigquery#tableList',
    totalItems: dataset.tables.size,
    ...(items.length === 0
      ? {}
      : { tables: items.map((id) => ({ kind: 'bigquery#table', ...named(dataset, id) })) }),
    ...next,
  };
};

const named = (dataset: Dataset, id: string) => ({
  id: `${shortName(dataset.name)}.${id}`,
  tableReference: { projectId: dataset.project.id, datasetId: dataset.id, tableId: id },
  type: 'TABLE',
});
