import type { Method } from '../method.ts';
import type { Surroundings } from '../surroundings.ts';
import { bigqueryApi, shortName } from './api.ts';
import { datasetMethods } from './dataset-methods.ts';
import { createDatasets, type Datasets } from './datasets.ts';
import { jobMethods } from './job-methods.ts';
import { tableMethods } from './table-methods.ts';

/** BigQuery, as far as clients need it that run a simple query or change the access list of a dataset. */
export const createBigQuery = (
  surroundings: Surroundings,
): { readonly datasets: Datasets; readonly methods: readonly Method[] } => {
  const datasets = createDatasets(surroundings);
  return {
    datasets,
    methods: [
      listMethod(datasets, surroundings),
      ...datasetMethods(datasets, surroundings),
      ...tableMethods(datasets, surroundings),
      ...jobMethods(datasets, surroundings),
    ],
  };
};

/**
 * The datasets that the caller may read. A project without any shows an example to every caller: the programs of docs/use
 * list datasets. https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/list
 */
const listMethod = (datasets: Datasets, { access }: Surroundings): Method => ({
  name: 'bigquery.datasets.list',
  http: 'GET',
  path: /^\/bigquery\/v2\/(?<resource>projects\/(?<project>[^/]+))\/datasets$/,
  api: bigqueryApi,
  answer: ({ path: { project = '' }, caller }) => {
    const inside = datasets.inProject(project);
    const readable = inside.filter((dataset) => access.holds(caller, 'bigquery.datasets.get', dataset));
    const names =
      inside.length === 0 ? [`projects/${project}/datasets/sales`] : readable.map(({ name }) => name);
    return {
      kind: 'bigquery#datasetList',
      ...(names.length === 0 ? {} : { datasets: names.map(listed) }),
    };
  },
});

const listed = (name: string) => {
  const [, projectId = '', , datasetId = ''] = name.split('/');
  return { kind: 'bigquery#dataset', id: shortName(name), datasetReference: { datasetId, projectId } };
};
