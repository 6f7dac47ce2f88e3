import type { Access } from '../access.ts';
import { type Method, textOf } from '../method.ts';
import type { LocalPolicy } from '../policies.ts';
import { policyIn } from '../policy-request.ts';
import { storageApi } from './api.ts';
import { type Bucket, type Buckets, bucketResource } from './buckets.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
export const bucketMethods = (buckets: Buckets, access: Access): readonly Method[] => {
  const onBucket = (
    verb: string,
    http: Method['http'],
    end: string,
    perform: (
      bucket: Bucket,
      request: { readonly query: URLSearchParams; readonly body: unknown },
    ) => unknown,
  ): Method => ({
    name: `storage.buckets.${verb}`,
    http,
    path: new RegExp(`^/storage/v1/(?<resource>b/(?<bucket>[^/]+))${end}$`),
    permission: `storage.buckets.${verb}`,
    api: storageApi,
    prepare: ({ path: { bucket: name = '' }, query, body }) => {
      const bucket = buckets.get(name);
      return { on: bucketResource(bucket), perform: () => perform(bucket, { query, body }) };
    },
  });
  return [
    onBucket('get', 'GET', '', shown),
    onBucket('getIamPolicy', 'GET', '/iam', (bucket, { query }) =>
      policyOf(bucket, bucket.policy.get(Number(query.get('optionsRequestedPolicyVersion') ?? 1))),
    ),
    // The body is the policy itself. There is no update mask.
    onBucket('setIamPolicy', 'PUT', '/iam', (bucket, { body }) =>
      policyOf(bucket, bucket.policy.set(policyIn(body))),
    ),
    {
      name: 'storage.buckets.testIamPermissions',
      http: 'GET',
      path: /^\/storage\/v1\/(?<resource>b\/(?<bucket>[^/]+))\/iam\/testPermissions$/,
      api: storageApi,
      answer: ({ path: { bucket = '' }, query, caller }) => {
        const on = bucketResource(buckets.get(textOf(bucket)));
        const held = query.getAll('permissions').filter((permission) => access.holds(caller, permission, on));
        return {
          kind: 'storage#testIamPermissionsResponse',
          ...(held.length === 0 ? {} : { permissions: held }),
        };
      },
    },
  ];
};

const shown = ({ name, project, isUniform, timeCreated }: Bucket) => ({
  kind: 'storage#bucket',
  id: name,
  name,
  projectNumber: project.number,
  location: 'EU',
  locationType: 'multi-region',
  storageClass: 'STANDARD',
  metageneration: '1',
  etag: 'CAE=',
  timeCreated,
  updated: timeCreated,
  iamConfiguration: {
    bucketPolicyOnly: { enabled: isUniform },
    uniformBucketLevelAccess: { enabled: isUniform },
    publicAccessPrevention: 'inherited',
  },
});

const policyOf = ({ name }: Bucket, policy: LocalPolicy) => ({
  kind: 'storage#policy',
  resourceId: `projects/_/buckets/${name}`,
  ...policy,
});
