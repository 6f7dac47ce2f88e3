import type { storage_v1 } from 'googleapis/build/src/apis/storage/v1.js';
import { type AllowPolicy, isAllowPolicy } from '../../core/iam-policy.ts';
import { isRecord } from '../../core/json.ts';
import { isProjectNumber } from '../../core/scope.ts';
import type { ResourceName } from '../../core/service-account.ts';
import { field } from '../field.ts';
import { callGoogle, type Sent } from './call.ts';
import { optInAdvice } from './opt-in-advice.ts';
import type { PolicyKind } from './policy-kind.ts';
import type { GoogleSession } from './session.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/buckets: the policy without a wrapper, and 412 for a stale etag. */
export const bucketPolicy: PolicyKind = {
  nameOf: (resource) => resource.replace('buckets/', 'bucket '),
  subjectOf: (resource) => resource.replace('buckets/', 'Bucket '),
  advice: optInAdvice,
  get: async (session, resource) => {
    const policy = await callGoogle<unknown>(session, {
      api: 'storage',
      method: 'GET',
      path: `${pathOf(resource)}/iam`,
      params: { optionsRequestedPolicyVersion: 3 } satisfies storage_v1.Params$Resource$Buckets$Getiampolicy,
    });
    // Read last, because the name may be deleted and taken by strangers, with a first etag like that of any other bucket.
    const bucket = await getBucket(session, resource);
    if (!isAllowPolicy(policy) || bucket === undefined) return undefined;
    const { projectNumber: owner, isUniform } = bucket;
    return { kind: 'read', policy, owner, ...(isUniform ? {} : { noBinds: notUniform(resource) }) };
  },
  set: async (session, resource, policy) => {
    const written = await callGoogle<unknown>(session, {
      api: 'storage',
      method: 'PUT',
      path: `${pathOf(resource)}/iam`,
      data: { ...policy, version: 3 } satisfies Sent<storage_v1.Schema$Policy>,
    });
    return isAllowPolicy(written) ? written : undefined;
  },
  // Storage's text names the kind, not the bucket.
  isNamedBy: (_, message) => /^The specified bucket does not exist\.?$/.test(message),
  explainRejection: async (session, resource, policy) =>
    hasConditions(policy) && (await getBucket(session, resource))?.isUniform === false
      ? `Bucket ${nameOf(resource)} takes no conditions ("until") without uniform bucket-level access. ${turnOn(resource)}`
      : undefined,
};

/** Such a bucket takes the member, and ignores it (https://github.com/grafana/tempo/issues/3556). */
const notUniform = (resource: ResourceName): string =>
  `Bucket ${nameOf(resource)} has no uniform bucket-level access, without which it ignores federated roles. ${turnOn(resource)}`;

const turnOn = (resource: ResourceName): string =>
  `Its owner can turn that on: gcloud storage buckets update gs://${nameOf(resource)} --uniform-bucket-level-access`;

interface Bucket {
  readonly projectNumber: string;
  readonly isUniform: boolean;
}

/** Undefined if the answer is not this bucket. */
const getBucket = async (session: GoogleSession, resource: ResourceName): Promise<Bucket | undefined> => {
  const bucket = await callGoogle<unknown>(session, {
    api: 'storage',
    method: 'GET',
    path: pathOf(resource),
    params: {
      projection: 'noAcl',
      fields: 'name,projectNumber,iamConfiguration/uniformBucketLevelAccess/enabled',
    } satisfies storage_v1.Params$Resource$Buckets$Get,
  });
  if (!isRecord(bucket) || bucket['name'] !== nameOf(resource)) return undefined;
  const { projectNumber } = bucket;
  if (typeof projectNumber !== 'string' || !isProjectNumber(projectNumber)) return undefined;
  const uniform = field(field(bucket['iamConfiguration'], 'uniformBucketLevelAccess'), 'enabled');
  return { projectNumber, isUniform: uniform === true };
};

const nameOf = (resource: ResourceName): string => resource.replace('buckets/', '');

const pathOf = (resource: ResourceName): string => `b/${nameOf(resource)}`;

const hasConditions = ({ bindings = [] }: AllowPolicy): boolean =>
  bindings.some(({ condition }) => condition !== undefined);
