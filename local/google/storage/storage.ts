import type { Access } from '../access.ts';
import type { Method } from '../method.ts';
import type { PolicyRules } from '../policies.ts';
import type { Projects } from '../projects.ts';
import { bucketMethods } from './bucket-methods.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { objectMethods } from './object-methods.ts';
import { uploadMethods } from './upload-methods.ts';

/** Cloud Storage's JSON API, as far as clients need it that read and write objects and policies of buckets. */
export const createStorage = (
  rules: PolicyRules,
  projects: Projects,
  access: Access,
  now: () => Date,
): { readonly buckets: Buckets; readonly methods: readonly Method[] } => {
  const buckets = createBuckets(rules, projects, now);
  return {
    buckets,
    methods: [
      ...bucketMethods(buckets, access),
      ...objectMethods(buckets, access),
      ...uploadMethods(buckets, access, now),
    ],
  };
};
