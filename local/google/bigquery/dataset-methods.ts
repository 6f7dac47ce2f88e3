import type { Caller } from '../access.ts';
import { GoogleError, invalid, notFound } from '../errors.ts';
import type { Method, MethodRequest } from '../method.ts';
import { checkPolicy } from '../policy-check.ts';
import { checkGrantable } from '../roles/grantable.ts';
import type { Surroundings } from '../surroundings.ts';
import { type AccessEntry, bindingsOf, entryOf, fullRole, shownEntry } from './access-entries.ts';
import { bigqueryApi, preconditionFailed, shortName } from './api.ts';
import type { Dataset, Datasets } from './datasets.ts';

const read = 'bigquery.datasets.get';
const readAccess = 'bigquery.datasets.getIamPolicy';
const write = 'bigquery.datasets.update';
const writeAccess = 'bigquery.datasets.setIamPolicy';

/** Since 2026-03-17, access lists have permissions of their own: https://cloud.google.com/bigquery/docs/dataset-access-control */
export const datasetMethods = (datasets: Datasets, surroundings: Surroundings): readonly Method[] => {
  const { access } = surroundings;
  const require = (caller: Caller, permission: string, on: Dataset): void => {
    if (!access.holds(caller, permission, on)) throw bigqueryApi.denied(permission, on, caller);
  };
  const path = /^\/bigquery\/v2\/(?<resource>projects\/(?<project>[^/]+)\/datasets\/(?<dataset>[^/]+))$/;
  return [
    {
      name: 'bigquery.datasets.get',
      http: 'GET',
      path,
      permission: (query) => (query.get('datasetView') === 'ACL' ? readAccess : read),
      api: bigqueryApi,
      prepare: ({ path: names, query, caller }) => {
        const view = oneOf(query, 'datasetView', ['FULL', 'ACL', 'METADATA']);
        const version = versionOf(query);
        const on = getDataset(datasets, surroundings, names, view === 'ACL' ? readAccess : read, caller);
        return {
          on,
          perform: () => {
            if (view === 'FULL') require(caller, readAccess, on);
            return shown(on, version, view);
          },
        };
      },
    },
    {
      name: 'bigquery.datasets.patch',
      http: 'PATCH',
      path,
      permission: (query) => (query.get('updateMode') === 'UPDATE_ACL' ? writeAccess : write),
      api: bigqueryApi,
      prepare: ({ path: names, query, body, raw, caller }) => {
        const mode = oneOf(query, 'updateMode', ['UPDATE_FULL', 'UPDATE_ACL', 'UPDATE_METADATA']);
        const version = versionOf(query);
        const on = getDataset(
          datasets,
          surroundings,
          names,
          mode === 'UPDATE_ACL' ? writeAccess : write,
          caller,
        );
        return {
          on,
          perform: () => {
            checkMatch(raw, on);
            const { access: entries, ...fields } = body;
            const isAccessWritten = mode !== 'UPDATE_METADATA' && entries !== undefined;
            if (isAccessWritten && mode === 'UPDATE_FULL') require(caller, writeAccess, on);
            // First, so that a refused list changes nothing.
            const written = isAccessWritten ? checkedAccess(entries, on, version, surroundings) : on.access();
            if (mode !== 'UPDATE_ACL') on.fields = { ...on.fields, ...fields };
            on.replace(written);
            return shown(on, version, mode === 'UPDATE_ACL' ? 'ACL' : 'FULL');
          },
        };
      },
    },
  ];
};

/** Google reveals that a dataset does not exist only to a caller who has the permission on its project. */
export const getDataset = (
  datasets: Datasets,
  { projects, access }: Pick<Surroundings, 'projects' | 'access'>,
  { project = '', dataset: id = '' }: MethodRequest['path'],
  permission: string,
  caller: Caller,
): Dataset => {
  const dataset = datasets.find(project, id);
  if (dataset !== undefined) return dataset;
  const name = `projects/${project}/datasets/${id}`;
  const parent = projects.find(project);
  throw parent !== undefined && access.holds(caller, permission, parent)
    ? notFound(`Not found: Dataset ${shortName(name)}`)
    : bigqueryApi.denied(permission, { name, policy: { bindings: () => [] } }, caller);
};

const oneOf = <T extends string>(query: URLSearchParams, name: string, values: readonly [T, ...T[]]): T => {
  const [usual] = values;
  const value = query.get(name) ?? '';
  if (value === '' || value.endsWith('_UNSPECIFIED')) return usual;
  const found = values.find((each) => each === value);
  if (found === undefined) throw invalid(`Invalid value for ${name}: ${value}`);
  return found;
};

const versionOf = (query: URLSearchParams): number => {
  const version = Number(query.get('accessPolicyVersion') ?? 0);
  if (![0, 1, 3].includes(version))
    throw invalid(`Invalid access policy version ${version}. Valid values are 0, 1 and 3.`);
  return version;
};

/** BigQuery compares etags by the header, not by a field. */
const checkMatch = ({ headers }: MethodRequest['raw'], dataset: Dataset): void => {
  const asked = headers['if-match'];
  if (asked !== undefined && asked !== '*' && asked !== dataset.etag()) throw preconditionFailed();
};

const shown = (dataset: Dataset, version: number, view: 'FULL' | 'ACL' | 'METADATA') => ({
  kind: 'bigquery#dataset',
  etag: dataset.etag(),
  id: shortName(dataset.name),
  datasetReference: { datasetId: dataset.id, projectId: dataset.project.id },
  ...(view === 'ACL' ? {} : { location: 'EU', type: 'DEFAULT', ...dataset.fields }),
  ...(view === 'METADATA' ? {} : { access: dataset.access().map((entry) => shownEntry(entry, version)) }),
});

/** A write replaces the whole list. @throws GoogleError */
export const checkedAccess = (
  value: unknown,
  dataset: Dataset,
  version: number,
  { rules, customRoles }: Pick<Surroundings, 'rules' | 'customRoles'>,
): readonly AccessEntry[] => {
  if (!Array.isArray(value)) throw invalid('Invalid value for: access is not a list');
  const entries = value.map(entryOf);
  const isConditional = [...entries, ...dataset.access()].some(({ condition }) => condition !== undefined);
  // Google's text for this error is not known.
  if (isConditional && version < 3)
    throw invalid('Requests that affect conditional access entries must specify accessPolicyVersion 3.');
  if (!entries.some(({ role = '' }) => fullRole(role) === 'roles/bigquery.dataOwner'))
    throw invalid('Cannot remove all owners from a dataset.');
  try {
    const policy = { version: 3, bindings: bindingsOf(entries, dataset.project.id) };
    checkGrantable(policy, 'dataset', customRoles);
    checkPolicy(policy, rules);
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    throw new GoogleError(
      error.code,
      error.status,
      `IAM setPolicy failed for Dataset ${shortName(dataset.name)}: ${error.message}`,
    );
  }
  return entries;
};
