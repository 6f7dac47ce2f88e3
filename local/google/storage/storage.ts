import type { Method } from '../method.ts';
import type { Surroundings } from '../surroundings.ts';
import { bucketMethods } from './bucket-methods.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { objectMethods } from './object-methods.ts';
import { uploadMethods } from './upload-methods.ts';

/** Cloud Storage's JSON API, as far as clients need it that read and write objects and policies of buckets. */
export const createStorage = (
  surroundings: Surroundings,
): { readonly buckets: Buckets; readonly methods: readonly Method[] } => {
  const { access, now } = surroundings;
  const buckets = createBuckets(surroundings);
  return {
    buckets,
    methods: [
      ...bucketMethods(buckets, access),
      ...objectMethods(buckets, access),
      ...uploadMethods(buckets, access, now),
    ],
  };
};
