import { PermanentError } from '../core/errors.ts';
import { roleOfMember } from '../core/member.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { isFunctionRoleName } from '../core/stack.ts';
import { keyReaderRole, type WantedRole } from './custom-roles.ts';
import { isCustomRoleStep } from './describe-step.ts';
import type { SetupOptions } from './options.ts';
import { type PlanPart, planPart, projectOfName, type SetupGrant, type SetupStep } from './step.ts';

/** The part of the wanted state that lets people run `keys`. rolebridge itself gets none of it. */
export interface WantedKeyReaders {
  readonly customRoles: readonly WantedRole[];
  readonly grants: readonly SetupGrant[];
  /** Projects that need Policy Analyzer's API. */
  readonly projects: readonly string[];
}

/**
 * One role and its grants in each of google.projects. Policy Analyzer answers for whole projects only and names every key there, so a
 * role for each service account would protect nothing.
 *
 * @throws PermanentError if a member is rolebridge's own account or the role of one of its functions
 */
export const wantedKeyReaders = (
  settings: Settings,
  { keyReaders }: Pick<SetupOptions, 'keyReaders'>,
  idOf: (project: string) => string,
): WantedKeyReaders => {
  const own = keyReaders.find((member) => isOurs(settings, member));
  if (own !== undefined)
    throw new PermanentError(
      `--opt-in-keys ${own} is rolebridge itself, whose functions never read keys. Name the people who run "rolebridge keys", such as group:security@example.com.`,
    );
  const projects = keyReaders.length === 0 ? [] : [...new Set(settings.google.projects.map(idOf))];
  return {
    projects,
    customRoles: projects.map(keyReaderRole),
    grants: projects.flatMap((project) =>
      keyReaders.map((member) => ({
        purpose: 'readKeys',
        resource: `projects/${project}`,
        role: keyReaderRole(project).name,
        member,
      })),
    ),
  };
};

const isOurs = (settings: Settings, member: string): boolean => {
  const ref = roleOfMember(settings, member);
  return (
    member.toLowerCase() === `serviceaccount:${settings.google.serviceAccount}` ||
    (ref?.accountId === homeOf(settings) && isFunctionRoleName(ref.roleName))
  );
};

/** Google refuses calls about a project in which the API is not enabled. */
export const planAnalyzer = (projects: readonly string[] = []): PlanPart =>
  planPart({
    steps: projects.map((project) => ({
      kind: 'enableServices',
      project,
      services: [analyzerService],
    })),
  });

/** Whether a step is part of `--opt-in-keys`. */
export const isForKeys = (step: SetupStep): boolean => {
  if (step.kind === 'enableServices') return step.services.includes(analyzerService);
  if (step.kind === 'bind') return step.purpose === 'readKeys';
  return isCustomRoleStep(step) && step.name === keyReaderRole(projectOfName(step.name)).name;
};

export const analyzerService = 'policyanalyzer.googleapis.com';

/** @throws PermanentError if one is not a member of an allow policy who can run `keys` */
export const parseKeyReaders = (members: readonly string[]): readonly string[] =>
  [...new Set(members)].map((member) => {
    if (memberForm.test(member)) return member;
    throw new PermanentError(
      `--opt-in-keys ${member} is not a member that can run "rolebridge keys". Write user:EMAIL, group:EMAIL, serviceAccount:EMAIL, or a principal or principalSet of a pool.`,
    );
  });

const memberForm =
  /^(?:(?:user|group|serviceAccount):[\w.+-]{1,64}@[a-z0-9.-]{1,253}|principal(?:Set)?:\/\/iam\.googleapis\.com\/[\w./:+=,@-]{1,400})$/;
