import type { AllowRule, Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, setPolicy } from './memory.ts';
import { settings } from './settings.ts';
import { createWorld, tagRole } from './world.ts';

export const viewer = 'roles/storage.objectViewer';
export const creator = 'roles/storage.objectCreator';
export const bucket = 'buckets/acme-in';
/** The value of a tag. */
export const asked = `${viewer} on ${bucket}`;
/** Lets roles ask for `asked`. */
export const bucketRule = {
  grant: viewer,
  on: [bucket],
  roles: ['app-*', 'reports'],
  clientProject: 'acme-data',
} satisfies AllowRule;
export const direct: Settings = { ...settings, allow: [...settings.allow, bucketRule] };
export const withCreator: Settings = {
  ...direct,
  allow: [...direct.allow, { ...bucketRule, grant: creator }],
};
/** Someone else's binding. */
export const eve = { role: viewer, members: ['user:eve@example.com'] };

/** A world with a bucket of project 111, and the two Google roles. */
export const bucketWorld = (
  bindings: readonly { role: string; members: string[] }[] = [eve],
): MemoryWorld => {
  const world = createWorld();
  world.googleRoles.set(viewer, {
    kind: 'read',
    permissions: ['storage.objects.get', 'storage.objects.list', 'resourcemanager.projects.get'],
  });
  world.googleRoles.set(creator, { kind: 'read', permissions: ['storage.objects.create'] });
  world.owners.set(bucket, '111');
  setPolicy(world, bucket, { bindings });
  return world;
};

/** Tags the role `reports` for the grant `in`. */
export const tagFor = (world: MemoryWorld, value = asked): void =>
  tagRole(world, { 'google-access/in': value });

/** Returns and removes the outcomes published so far, without the parts that differ from run to run. */
export const takeOutcomes = (world: MemoryWorld) =>
  world.outcomes
    .splice(0)
    .map(({ type, detail: { grant, target, reason } }) => ({ type, grant, target, reason }));
