import { PermanentError } from '../core/errors.ts';
import type { Settings } from '../core/settings.ts';
import { keyReaderRole, type WantedRole } from './custom-roles.ts';
import type { SetupOptions } from './options.ts';
import { type PlanPart, planPart, type SetupGrant } from './step.ts';

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
 */
export const wantedKeyReaders = (
  { google }: Pick<Settings, 'google'>,
  { keyReaders }: Pick<SetupOptions, 'keyReaders'>,
  idOf: (project: string) => string,
): WantedKeyReaders => {
  const projects = keyReaders.length === 0 ? [] : [...new Set(google.projects.map(idOf))];
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

/** Google refuses calls about a project in which the API is not enabled. */
export const planAnalyzer = (projects: readonly string[] = []): PlanPart =>
  planPart({
    steps: projects.map((project) => ({
      kind: 'enableServices',
      project,
      services: [analyzerService],
    })),
  });

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
