import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError } from '../../core/errors.ts';
import { type ResourceKind, resourceKindOf } from '../../core/google-resource.ts';
import { isRecord } from '../../core/json.ts';
import { policyPermissions } from '../../core/policy-permissions.ts';
import type { ResourceName } from '../../core/service-account.ts';
import { resourceText } from '../../core/target.ts';
import type { OptIns } from '../../ports.ts';
import { callGoogle, type GoogleCall, type Sent, withRetries } from './call.ts';
import { resourceFailure } from './failure.ts';
import type { GoogleApi, GoogleSession } from './session.ts';

/** Asks Google whether we may write an allow policy, which needs no permission (testIamPermissions). */
export const googleOptIns = (session: GoogleSession): OptIns => ({
  isOptedOut: async (resource) => {
    // BigQuery has no such method for datasets, so nothing is confirmed.
    if (resourceKindOf(resource) === 'dataset') return false;
    // Only our editor role grants it: the lister role only reads.
    const { edit } = policyPermissions(resource);
    const what = `checking what rolebridge may do on ${resourceText(resource)}`;
    const held = await withRetries(
      session,
      () => testPermissions(session, resource, [edit]),
      (thrown) => (thrown instanceof PermanentError ? thrown : resourceFailure(what, thrown, '')),
    );
    return !held.includes(edit);
  },
});

/** Those of some permissions that the caller has on a resource. */
export const testPermissions = async (
  session: GoogleSession,
  resource: ResourceName,
  permissions: readonly string[],
): Promise<readonly string[]> => {
  const answer = await callGoogle<unknown>(session, testOf(resource, permissions));
  if (isPermissions(answer)) return answer.permissions ?? [];
  throw new PermanentError(
    `checking permissions on ${resourceText(resource)}: the answer is not a list of permissions.`,
  );
};

const testOf = (resource: ResourceName, permissions: readonly string[]): GoogleCall => {
  const kind = resourceKindOf(resource);
  if (kind === 'bucket') {
    // Google's client joins a list with commas, and Storage reads the parameter once for each.
    const query = new URLSearchParams(permissions.map((one): [string, string] => ['permissions', one]));
    const path = `${resource.replace('buckets/', 'b/')}/iam/testPermissions?${query.toString()}`;
    return { api: 'storage', method: 'GET', path };
  }
  return {
    api: kind === undefined ? 'iam' : apis[kind],
    method: 'POST',
    path: `${resource}:testIamPermissions`,
    data: { permissions } satisfies Sent<iam_v1.Schema$TestIamPermissionsRequest>,
  };
};

const apis: Readonly<Record<Exclude<ResourceKind, 'bucket'>, GoogleApi>> = {
  project: 'cloudresourcemanager',
  dataset: 'bigquery',
  secret: 'secretmanager',
  topic: 'pubsub',
  subscription: 'pubsub',
};

const isPermissions = (value: unknown): value is iam_v1.Schema$TestIamPermissionsResponse =>
  isRecord(value) &&
  (value['permissions'] === undefined ||
    (Array.isArray(value['permissions']) &&
      value['permissions'].every((permission) => typeof permission === 'string')));
