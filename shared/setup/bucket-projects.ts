import pMap from 'p-map';
import { PermanentError } from '../core/errors.ts';
import { resourceKindOf } from '../core/google-resource.ts';
import type { ResourceName } from '../core/service-account.ts';
import { type GoogleReader, maxParallelReads } from './ports.ts';

type Reader = Pick<GoogleReader, 'project' | 'projectOfBucket'>;

/** The ids of the projects that have buckets: a bucket's name names none. Other kinds of resources are left out. @throws Failure */
export const bucketProjects = (
  reader: Reader,
  resources: readonly ResourceName[],
): Promise<ReadonlyMap<ResourceName, string>> =>
  projectsOf(resources, async (resource) => {
    const project = await projectOf(reader, resource);
    if (project !== undefined) return project;
    throw new PermanentError(`Google finds no ${resource}. Create the bucket, or correct its name.`);
  });

/** Without the buckets that do not exist or cannot be read: the undo also reads their allow policies, which shows why. */
export const readableBucketProjects = (
  reader: Reader,
  resources: readonly ResourceName[],
): Promise<ReadonlyMap<ResourceName, string>> =>
  projectsOf(resources, (resource) => projectOf(reader, resource).catch(() => undefined));

const projectsOf = async (
  resources: readonly ResourceName[],
  read: (resource: ResourceName) => Promise<string | undefined>,
): Promise<ReadonlyMap<ResourceName, string>> => {
  const buckets = [...new Set(resources)].filter((resource) => resourceKindOf(resource) === 'bucket');
  const found = await pMap(buckets, async (bucket) => [bucket, await read(bucket)] as const, {
    concurrency: maxParallelReads,
  });
  return new Map(found.flatMap(([bucket, project]) => (project === undefined ? [] : [[bucket, project]])));
};

/** Custom roles are named by the project's id. */
const projectOf = async (reader: Reader, resource: ResourceName): Promise<string | undefined> => {
  const number = await reader.projectOfBucket(resource.replace('buckets/', ''));
  return number === undefined ? undefined : (await reader.project(number)).id;
};
