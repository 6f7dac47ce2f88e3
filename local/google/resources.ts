import { createBigQuery } from './bigquery/bigquery.ts';
import type { Datasets } from './bigquery/datasets.ts';
import type { Method } from './method.ts';
import { pubsubMethods } from './pubsub/pubsub-methods.ts';
import { createPubSub, type PubSub } from './pubsub/topics.ts';
import { secretMethods } from './secrets/secret-methods.ts';
import { createSecrets, type Secrets } from './secrets/secrets.ts';
import type { Buckets } from './storage/buckets.ts';
import { createStorage } from './storage/storage.ts';
import type { Surroundings } from './surroundings.ts';

/** Resources that a tag can grant directly. Tests add them and change them as their administrators would. */
export interface Resources {
  /** Cloud Storage. */
  readonly buckets: Buckets;
  /** BigQuery. */
  readonly datasets: Datasets;
  readonly pubsub: PubSub;
  readonly secretManager: Secrets;
}

export const createResources = (
  surroundings: Surroundings,
): Resources & { readonly methods: readonly Method[] } => {
  const storage = createStorage(surroundings);
  const bigquery = createBigQuery(surroundings);
  const secretManager = createSecrets(surroundings);
  const pubsub = createPubSub(surroundings);
  return {
    buckets: storage.buckets,
    datasets: bigquery.datasets,
    secretManager,
    pubsub,
    methods: [
      ...storage.methods,
      ...bigquery.methods,
      ...secretMethods(secretManager, surroundings),
      ...pubsubMethods(pubsub, surroundings),
    ],
  };
};
