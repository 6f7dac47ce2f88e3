import { projectOfGoogleResource } from '../../core/google-resource.ts';
import type { PoolOwner } from '../../core/ownership.ts';
import type { ResourceName } from '../../core/service-account.ts';
import { fileSites, homeOf, poolPath, type Settings } from '../../core/settings.ts';
import {
  editorRole,
  keyReaderRole,
  listerRole,
  poolReaderRole,
  resourceEditorRole,
  type WantedRole,
} from '../custom-roles.ts';
import { isFunctionMember } from '../function-member.ts';

/** Everything that setup may have made for this deployment. */
export interface UndoScope {
  readonly settings: Settings;
  /** This deployment, as the pool's marker names it. */
  readonly owner: PoolOwner;
  readonly pool: string;
  /** The ids of the pool's project and of google.projects. */
  readonly projects: readonly string[];
  /** Resources that rules name, other than service accounts. */
  readonly resources: readonly ResourceName[];
  /** Whether a member may act as rolebridge by setup: it is the AWS role of a function. */
  readonly isFunctionMember: (member: string) => boolean;
  readonly customRoles: readonly WantedRole[];
  /** Commands for what must happen before the undo. */
  readonly commands: { readonly revokeAll: string; readonly remove: string };
}

interface UndoIntent extends Pick<UndoScope, 'settings' | 'commands'> {
  readonly stage: string;
  /** The id of a project, from its id or number. */
  readonly idOf: (project: string) => string;
  /** The ids of the projects that have the buckets that rules name. */
  readonly bucketProjects: ReadonlyMap<ResourceName, string>;
}

export const undoScope = ({ settings, commands, stage, idOf, bucketProjects }: UndoIntent): UndoScope => {
  const accountId = homeOf(settings);
  const own = idOf(settings.google.project);
  const projects = [...new Set([own, ...settings.google.projects.map(idOf)])];
  const resources = [...new Set(fileSites(settings).map(({ resource }) => resource))];
  return {
    settings,
    commands,
    owner: { accountId, stage },
    pool: poolPath(settings),
    projects,
    resources,
    isFunctionMember: (member) => isFunctionMember(settings, stage, member),
    customRoles: [
      ...projects.flatMap((project) => [listerRole(project), editorRole(project), keyReaderRole(project)]),
      poolReaderRole(own),
      ...resourceRoles(resources, projects, bucketProjects),
    ],
  };
};

/** The role of each kind in each project that has such a resource; on a project, its own role may be left without any rule. */
const resourceRoles = (
  resources: readonly ResourceName[],
  projects: readonly string[],
  bucketProjects: ReadonlyMap<ResourceName, string>,
): readonly WantedRole[] => {
  const named = [...resources, ...projects.map((project) => `projects/${project}`)];
  const roles = named.flatMap((resource) => {
    const project = projectOfGoogleResource(resource) ?? bucketProjects.get(resource);
    return project === undefined ? [] : [resourceEditorRole(project, resource)];
  });
  return [...new Map(roles.map((role) => [role.name, role])).values()];
};
