import type { Method } from './method.ts';

/**
 * One example dataset in every project, for every caller with a token: the programs of docs/use list datasets.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets/list
 */
export const bigqueryMethods: readonly Method[] = [
  {
    name: 'bigquery.datasets.list',
    http: 'GET',
    path: /^\/bigquery\/v2\/(?<resource>projects\/(?<project>[^/]+))\/datasets$/,
    answer: ({ path: { project = '' } }) => ({
      kind: 'bigquery#datasetList',
      datasets: [
        {
          kind: 'bigquery#dataset',
          id: `${project}:sales`,
          datasetReference: { datasetId: 'sales', projectId: project },
        },
      ],
    }),
  },
];
