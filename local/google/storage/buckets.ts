import type { Resource } from '../access.ts';
import { invalid, notFound } from '../errors.ts';
import type { LocalPolicy, PolicyCell } from '../policies.ts';
import { policyCell } from '../policy-cell.ts';
import type { Project } from '../projects.ts';
import { checkGrantable } from '../roles/grantable.ts';
import type { Surroundings } from '../surroundings.ts';
import { preconditionFailed } from './api.ts';

export interface Bucket {
  readonly name: string;
  readonly project: Project;
  /** Uniform bucket-level access. Without it, the policy has no conditions, and members of pools get no access. */
  isUniform: boolean;
  readonly policy: PolicyCell;
  readonly objects: Map<string, StoredObject>;
  readonly timeCreated: string;
}

export interface StoredObject {
  readonly name: string;
  readonly contentType: string;
  readonly content: Uint8Array;
  readonly generation: string;
  readonly updated: string;
}

export interface BucketOptions {
  /** Uniform bucket-level access. @default true, as in the console */
  readonly isUniform?: boolean;
  /** @default Google's for new buckets: roles for the project's owners, editors and viewers */
  readonly policy?: LocalPolicy;
}

export interface Buckets {
  /** Names are global. Adding a bucket again replaces it, as if it was deleted and created by the other project. */
  readonly add: (name: string, project: string, options?: BucketOptions) => Bucket;
  readonly remove: (name: string) => void;
  /** @throws Error if there is no such bucket. */
  readonly bucket: (name: string) => Bucket;
  /** For requests. @throws GoogleError; anyone can find out that a name is not in use. */
  readonly get: (name: string) => Bucket;
}

export const createBuckets = ({ rules, projects, customRoles, now }: Surroundings): Buckets => {
  const buckets = new Map<string, Bucket>();
  return {
    add: (name, projectId, { isUniform = true, policy } = {}) => {
      const project = projects.ensure(projectId);
      const bucket: Bucket = {
        name,
        project,
        isUniform,
        policy: policyCell(policy ?? newPolicy(project, isUniform), rules, {
          stale: preconditionFailed,
          check: (written) => {
            checkGrantable(written, 'bucket', customRoles);
            checkUniform(written, bucket);
          },
          tooOld: (version) =>
            invalid(
              `Requested policy version (${version}) cannot be less than the existing policy version (3).`,
            ),
        }),
        objects: new Map(),
        timeCreated: now().toISOString(),
      };
      buckets.set(name, bucket);
      return bucket;
    },
    remove: (name) => void buckets.delete(name),
    bucket: (name) => {
      const bucket = buckets.get(name);
      if (bucket === undefined) throw new Error(`the local world has no bucket ${name}`);
      return bucket;
    },
    get: (name) => {
      const bucket = buckets.get(name);
      if (bucket === undefined) throw notFound('The specified bucket does not exist.');
      return bucket;
    },
  };
};

/** https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable */
const newPolicy = ({ id }: Project, isUniform: boolean): LocalPolicy => {
  const owners = [`projectEditor:${id}`, `projectOwner:${id}`];
  const viewers = [`projectViewer:${id}`];
  const onBucket = [
    { role: 'roles/storage.legacyBucketOwner', members: owners },
    { role: 'roles/storage.legacyBucketReader', members: viewers },
  ];
  const onObjects = [
    { role: 'roles/storage.legacyObjectOwner', members: owners },
    { role: 'roles/storage.legacyObjectReader', members: viewers },
  ];
  return { bindings: isUniform ? [...onBucket, ...onObjects] : onBucket };
};

/** Google's text for this error is not known. */
const checkUniform = ({ bindings = [] }: LocalPolicy, { isUniform }: Bucket): void => {
  if (!isUniform && bindings.some(({ condition }) => condition !== undefined))
    throw invalid('IAM conditions require uniform bucket-level access to be enabled on the bucket.');
};

const service = 'storage.googleapis.com';

/** The bucket as permission checks see it. */
export const bucketResource = ({ name, policy, isUniform, project }: Bucket): Resource => ({
  name: `b/${name}`,
  parent: project,
  attributes: { name: `projects/_/buckets/${name}`, service, type: `${service}/Bucket` },
  policy: isUniform ? policy : { bindings: () => withoutPools(policy) },
});

/** Google ignores members of pools on a bucket without uniform access: https://github.com/grafana/tempo/issues/3556 */
const withoutPools = (policy: PolicyCell) =>
  policy.bindings().map((binding) => ({
    ...binding,
    members: binding.members.filter((member) => !/^principal(Set)?:/.test(member)),
  }));

export const objectResource = (bucket: Bucket, object: string): Resource => ({
  name: `b/${bucket.name}/o/${object}`,
  parent: bucketResource(bucket),
  attributes: {
    name: `projects/_/buckets/${bucket.name}/objects/${object}`,
    service,
    type: `${service}/Object`,
  },
  policy: { bindings: () => [] },
});
