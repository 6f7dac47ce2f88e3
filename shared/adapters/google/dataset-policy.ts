import type { bigquery_v2 } from 'googleapis/build/src/apis/bigquery/v2.js';
import {
  accessOfPolicy,
  type DatasetPolicy,
  isAccess,
  isDatasetPolicy,
  policyOfAccess,
} from '../../core/dataset-access.ts';
import { PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import type { ResourceName } from '../../core/service-account.ts';
import { field } from '../field.ts';
import { callGoogle, type Sent } from './call.ts';
import { optInAdvice } from './opt-in-advice.ts';
import type { PolicyKind } from './policy-kind.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets: an access list, with its etag in a header. */
export const datasetPolicy: PolicyKind = {
  nameOf: (resource) => `dataset ${nameOf(resource)}`,
  subjectOf: (resource) => `Dataset ${nameOf(resource)}`,
  advice: (resource, message) =>
    message.includes('bigquery.datasets.update')
      ? enforcePermissions(resource)
      : optInAdvice(resource, message),
  get: async (session, resource) => {
    const dataset = await callGoogle<unknown>(session, {
      api: 'bigquery',
      method: 'GET',
      path: resource,
      params: {
        accessPolicyVersion: 3,
        datasetView: 'ACL',
      } satisfies bigquery_v2.Params$Resource$Datasets$Get,
    });
    const policy = policyOf(dataset, resource);
    return policy === undefined ? undefined : { kind: 'read', policy };
  },
  set: async (session, resource, policy) => {
    if (!isDatasetPolicy(policy))
      throw new PermanentError(
        `The access list of ${nameOf(resource)} was not read with its policy, so it is not written.`,
      );
    const written = await callGoogle<unknown>(session, {
      api: 'bigquery',
      method: 'PATCH',
      path: resource,
      // The list alone: this needs no permission to change anything else of the dataset.
      params: {
        accessPolicyVersion: 3,
        updateMode: 'UPDATE_ACL',
      } satisfies bigquery_v2.Params$Resource$Datasets$Patch,
      headers: { 'If-Match': policy.etag },
      data: { access: accessOfPolicy(policy) } satisfies Sent<bigquery_v2.Schema$Dataset>,
    });
    return policyOf(written, resource);
  },
  isNamedBy: (resource, message) => message.includes(`Dataset ${nameOf(resource)}`),
};

/** In a project that has not turned this on, Google may ask for the permission to change all of a dataset instead. */
const enforcePermissions = (resource: ResourceName): string => {
  const [, project = ''] = resource.split('/');
  return `rolebridge has no bigquery.datasets.update, which would let it change the dataset itself. Turn on enable_fine_grained_dataset_acls_option for project ${project}: then bigquery.datasets.setIamPolicy is enough (https://cloud.google.com/bigquery/docs/dataset-access-control).`;
};

/** Undefined if the answer is not this dataset, or lacks what we asked for. */
const policyOf = (dataset: unknown, resource: ResourceName): DatasetPolicy | undefined => {
  if (!isRecord(dataset)) return undefined;
  const { etag, access, datasetReference } = dataset;
  const [projectId, datasetId] = [field(datasetReference, 'projectId'), field(datasetReference, 'datasetId')];
  const isThis = resource === `projects/${String(projectId)}/datasets/${String(datasetId)}`;
  return isThis && typeof etag === 'string' && etag !== '' && isAccess(access)
    ? policyOfAccess(access, etag)
    : undefined;
};

/** As BigQuery's messages have it: `P:D` */
const nameOf = (resource: ResourceName): string => {
  const [, project = '', , dataset = ''] = resource.split('/');
  return `${project}:${dataset}`;
};
