import type { PoolOwner } from '../../core/pool-marker.ts';
import { homeOf, poolPath, type Settings } from '../../core/settings.ts';
import { isFunctionMember } from '../function-member.ts';
import { editorRole, listerRole, poolReaderRole, type WantedRole } from '../wanted.ts';

/** Everything that setup may have made for this deployment. */
export interface UndoScope {
  readonly settings: Settings;
  /** This deployment, as the pool's marker names it. */
  readonly owner: PoolOwner;
  readonly pool: string;
  /** The ids of the pool's project and of google.projects. */
  readonly projects: readonly string[];
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
}

export const undoScope = ({ settings, commands, stage, idOf }: UndoIntent): UndoScope => {
  const accountId = homeOf(settings);
  const own = idOf(settings.google.project);
  const projects = [...new Set([own, ...settings.google.projects.map(idOf)])];
  return {
    settings,
    commands,
    owner: { accountId, stage },
    pool: poolPath(settings),
    projects,
    isFunctionMember: (member) => isFunctionMember(settings, stage, member),
    customRoles: [
      ...projects.flatMap((project) => [listerRole(project), editorRole(project)]),
      poolReaderRole(own),
    ],
  };
};
