import { globMatches } from './glob.ts';
import {
  type Grant,
  type Refusal,
  type RefusalCode,
  type Request,
  type RoleRef,
  type RoleState,
  roleText,
} from './model.ts';
import { projectOf } from './service-account.ts';
import { type AllowRule, providerOf, type Settings } from './settings.ts';
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
  const refuse = (code: RefusalCode, reason: string): Refusal => ({
    name: request.name,
    tagKey: request.tagKey,
    value: request.value,
    target: request.target,
    code,
    reason,
  });
  const { target } = request;
  if (target.kind === 'direct') {
    return refuse(
      'direct',
      'Direct access to a resource is not granted yet. Ask for a service account that has this access.',
    );
  }
  const { email } = target;
  if (email === settings.google.serviceAccount) {
    return refuse(
      'own-service-account',
      `${email} is rolebridge's own account: anyone with access to it could grant access to everything. Ask for another one.`,
    );
  }
  const project = projectOf(email);
  if (project === undefined || !isConfiguredProject(project, settings)) {
    return refuse(
      'project',
      `${email} is in ${project === undefined ? 'no project that its e-mail names' : `project ${project}`}, which is not under google.projects (${settings.google.projects.join(', ')}).`,
    );
  }
  const rules = settings.allow
    .map((rule, index) => ({ rule, name: ruleName(rule, index) }))
    .filter(
      ({ rule }) =>
        globMatches(rule.to, email) &&
        (rule.accounts === undefined || rule.accounts.includes(role.accountId)) &&
        rule.roles.some((glob) => globMatches(glob, role.roleName)),
    );
  if (rules.length === 0) return refuse('guardrail', noRuleReason(email, role, settings));
  const allowing = rules.find(({ rule }) => withinMaxDays(request, rule, now));
  if (allowing === undefined) {
    const maxDays = Math.max(...rules.map(({ rule }) => rule.maxDays).filter((days) => days !== undefined));
    const { day } = latestExpiry(now, maxDays);
    const wrong = request.expiresAt === undefined ? 'names no "until"' : `ends at ${request.expiresAt}`;
    const reasonToday = `The latest date allowed today is ${day}: write ${email} until ${day}.`;
    return {
      ...refuse(
        'expiry',
        `Access to ${email} is for at most ${maxDays} days, and this request ${wrong}. ${reasonToday}`,
      ),
      reasonToday,
    };
  }
  if (request.expiresAt !== undefined && Date.parse(request.expiresAt) <= now.getTime()) {
    return refuse(
      'expired',
      `This access ended at ${request.expiresAt}. Set a later date, or take the tag away.`,
    );
  }
  return {
    name: request.name,
    target,
    rule: allowing.name,
    tag: { key: request.tagKey, value: request.value },
    ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
  };
};

const isConfiguredProject = (project: string, { google }: Settings): boolean =>
  google.projects.includes(project) ||
  (project === google.projectNumber && google.projects.includes(google.project));

/** Rules are named by their place and their target, so that an audit understands them after an edit. */
const ruleName = (rule: AllowRule, index: number): string => `allow[${index}] to ${rule.to}`;

const noRuleReason = (email: string, role: RoleRef, settings: Settings): string => {
  const forTarget = settings.allow.filter((rule) => globMatches(rule.to, email));
  const why =
    forTarget.length === 0
      ? `no rule under "allow" names ${email}`
      : `the rules under "allow" that name ${email} are for other roles (${forTarget.flatMap((rule) => rule.roles).join(', ')})` +
        ` or accounts`;
  return `The guardrail does not let ${roleText(role)} ask for this: ${why}. Ask the owners of rolebridge.yml for a rule.`;
};

const withinMaxDays = (request: Request, rule: AllowRule, now: Date): boolean =>
  rule.maxDays === undefined ||
  (request.expiresAt !== undefined &&
    Date.parse(request.expiresAt) <= latestExpiry(now, rule.maxDays).endsAt);

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** The last day, in UTC, that `until` may name under `maxDays`; the moment is the end of that day. */
const latestExpiry = (now: Date, maxDays: number): { day: string; endsAt: number } => {
  const midnight = Math.floor(now.getTime() / dayMilliseconds) * dayMilliseconds;
  const day = new Date(midnight + maxDays * dayMilliseconds);
  return {
    day: day.toISOString().slice(0, 10),
    endsAt: day.getTime() + dayMilliseconds,
  };
};
