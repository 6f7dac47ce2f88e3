import { type Decision, isForRole, namedRules, noRuleReason, withinRules } from './allow-rule.ts';
import { guardDirect } from './direct-guard.ts';
import { globMatches } from './glob.ts';
import type { Grant, Refusal, Request, RoleRef, RoleState } from './model.ts';
import { projectOf } from './service-account.ts';
import { isGrantRule, providerOf, type Settings } from './settings.ts';
import { parseTags } from './tags.ts';

export interface Desired {
  readonly grants: readonly Grant[];
  readonly refusals: readonly Refusal[];
}

const nothing: Desired = { grants: [], refusals: [] };

/**
 * The grants that a role's tags ask for and the guardrail allows: none if the role is absent, or if its account is not
 * configured.
 */
export const desiredOf = (role: RoleState, settings: Settings, now: Date): Desired => {
  if (role.kind === 'absent' || providerOf(settings, role.ref) === undefined) return nothing;
  const { requests, refusals } = parseTags(role.tags, settings.tagKey);
  const decided = requests.map((request) => guard(request, role.ref, settings, now));
  return {
    grants: decided.filter((one): one is Grant => !('reason' in one)),
    refusals: [...refusals, ...decided.filter((one): one is Refusal => 'reason' in one)],
  };
};

/** Decides one request; deny by default. The reason of a refusal names what would have been allowed. */
export const guard = (request: Request, role: RoleRef, settings: Settings, now: Date): Grant | Refusal => {
  const { name, tagKey, value, target, expiresAt } = request;
  const decided =
    target.kind === 'direct'
      ? guardDirect(target, request, role, settings, now)
      : guardServiceAccount(target.email, request, role, settings, now);
  return 'code' in decided
    ? { name, tagKey, value, target, ...decided }
    : {
        name,
        target,
        tag: { key: tagKey, value },
        ...decided,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
};

const guardServiceAccount = (
  email: string,
  request: Request,
  role: RoleRef,
  settings: Settings,
  now: Date,
): Decision => {
  if (email === settings.google.serviceAccount)
    return {
      code: 'own-service-account',
      reason: `${email} is rolebridge's own account: anyone with access to it could grant access to everything. Ask for another one.`,
    };
  const project = projectOf(email);
  if (project === undefined || !isConfiguredProject(project, settings))
    return {
      code: 'project',
      reason: `${email} is in ${project === undefined ? 'no project that its e-mail names' : `project ${project}`}, which is not under google.projects (${settings.google.projects.join(', ')}).`,
    };
  const forTarget = namedRules(settings.allow).filter(
    ({ rule }) => !isGrantRule(rule) && globMatches(rule.to, email),
  );
  const rules = forTarget.filter(({ rule }) => isForRole(rule, role));
  if (rules.length === 0) return { code: 'guardrail', reason: noRuleReason(email, role, forTarget) };
  const allowing = withinRules(rules, request, email, now);
  return 'code' in allowing ? allowing : { rule: allowing.name };
};

const isConfiguredProject = (project: string, { google }: Settings): boolean =>
  google.projects.includes(project) ||
  (project === google.projectNumber && google.projects.includes(google.project));
