import type { Access } from './access.ts';
import type { CustomRoles } from './custom-roles.ts';
import type { PolicyRules } from './policies.ts';
import type { Projects } from './projects.ts';

/** The parts of the world that every API with allow policies uses. */
export interface Surroundings {
  readonly rules: PolicyRules;
  readonly projects: Projects;
  readonly access: Access;
  readonly customRoles: Pick<CustomRoles, 'has' | 'predefined'>;
  readonly now: () => Date;
}
