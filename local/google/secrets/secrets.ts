import { policyCell } from '../policy-cell.ts';
import type { PolicyResource } from '../policy-methods.ts';
import type { Project } from '../projects.ts';
import { checkGrantable } from '../roles/grantable.ts';
import type { Surroundings } from '../surroundings.ts';

export type Secret = PolicyResource & {
  /** `projects/NUMBER/secrets/S`: answers name the project by its number. */
  readonly fullName: string;
  readonly project: Project;
  /** The first is version 1. */
  readonly versions: string[];
  readonly createTime: string;
};

export interface Secrets {
  readonly add: (project: string, id: string, ...versions: readonly string[]) => Secret;
  readonly remove: (project: string, id: string) => void;
  /** @throws Error if there is no such secret. */
  readonly secret: (project: string, id: string) => Secret;
  readonly find: (project: string, id: string) => Secret | undefined;
}

export const createSecrets = ({ rules, projects, customRoles, now }: Surroundings): Secrets => {
  const secrets = new Map<string, Secret>();
  const keyOf = (project: string, id: string) => `${projects.find(project)?.id ?? project}/${id}`;
  const find = (project: string, id: string) => secrets.get(keyOf(project, id));
  return {
    add: (projectId, id, ...versions) => {
      const project = projects.ensure(projectId);
      const fullName = `projects/${project.number}/secrets/${id}`;
      const secret: Secret = {
        name: `projects/${project.id}/secrets/${id}`,
        fullName,
        project,
        parent: project,
        attributes: attributesOf(fullName, 'Secret'),
        policy: policyCell({}, rules, {
          check: (policy) => checkGrantable(policy, 'secret', customRoles),
        }),
        versions: [...versions],
        createTime: now().toISOString(),
      };
      secrets.set(keyOf(projectId, id), secret);
      return secret;
    },
    remove: (project, id) => void secrets.delete(keyOf(project, id)),
    secret: (project, id) => {
      const secret = find(project, id);
      if (secret === undefined) throw new Error(`the local world has no secret ${project}/${id}`);
      return secret;
    },
    find,
  };
};

export const attributesOf = (name: string, type: 'Secret' | 'SecretVersion') => ({
  name,
  service: 'secretmanager.googleapis.com',
  type: `secretmanager.googleapis.com/${type}`,
});
