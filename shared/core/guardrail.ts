import { globMatches } from './glob.ts';
import { projectOfGoogleResource, resourceKindOf, takesConditions } from './google-resource.ts';
import { judgeGoogleRole } from './google-role.ts';
import {
  type Grant,
  type Refusal,
  type Request,
  type RoleRef,
  type RoleState,
  roleText,
  type Target,
  targetText,
} from './model.ts';
import { projectOf } from './service-account.ts';
import { type AllowRule, type GrantRule, isGrantRule, providerOf, type Settings } from './settings.ts';
import { shortList } from './short-list.ts';
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

/**
 * Decides a request for a Google role on a resource. The rule names both exactly, and the Google role may have only permissions that are
 * harmless on this kind of resource, or that the rule permits.
 */
const guardDirect = (
  target: Extract<Target, { readonly kind: 'direct' }>,
  request: Request,
  role: RoleRef,
  settings: Settings,
  now: Date,
): Decision => {
  const { googleRole, resource } = target;
  const subject = targetText(target);
  const kind = resourceKindOf(resource);
  const forTarget = namedRules(settings.allow).filter(
    (named): named is NamedRule<GrantRule> =>
      isGrantRule(named.rule) && named.rule.grant === googleRole && named.rule.on.includes(resource),
  );
  const rules = forTarget.filter(({ rule }) => isForRole(rule, role));
  if (kind === undefined || rules.length === 0)
    return {
      code: 'guardrail',
      reason: `${noRuleReason(subject, role, forTarget)}${forTarget.length === 0 ? nearRules(target, settings) : ''}`,
    };
  if (request.expiresAt !== undefined && !takesConditions(kind))
    return {
      code: 'conditions',
      reason: `Google takes no condition on a ${kind}, so access to it cannot end by itself. Leave out "until", and remove the tag in time.`,
    };
  const state = settings.google.roles?.get(googleRole);
  const judged = rules.map((named) => ({
    ...named,
    verdict: judgeGoogleRole(googleRole, kind, state, named.rule.alsoPermit),
  }));
  // A rule that permits less than another one does not stand in its way.
  const { permitting = [], others = [] } = Object.groupBy(judged, ({ verdict }) =>
    verdict.kind === 'allowed' ? 'permitting' : 'others',
  );
  const allowing = withinRules([...permitting, ...others], request, subject, now);
  if ('code' in allowing) return allowing;
  const { rule, name, verdict } = allowing;
  const clientProject = rule.clientProject ?? projectOfGoogleResource(resource) ?? settings.google.project;
  const granted = { rule: name, clientProject };
  switch (verdict.kind) {
    case 'allowed':
      return granted;
    case 'denied':
      return { code: 'google-role', reason: verdict.reason };
    case 'unknown':
      return { ...granted, blocked: { reason: verdict.reason } };
    case 'unread':
      return { ...granted, blocked: { reason: verdict.reason, isPassing: true } };
  }
};

/** Rules are exact, so the reason names what the role may ask for on the same resource, or with the same Google role. */
const nearRules = (
  { googleRole, resource }: { readonly googleRole: string; readonly resource: string },
  { allow }: Settings,
): string => {
  const grants = allow.filter(isGrantRule);
  const onResource = grants.filter((rule: GrantRule) => rule.on.includes(resource)).map(({ grant }) => grant);
  const ofRole = grants.filter(({ grant }) => grant === googleRole).flatMap(({ on }) => on);
  const other = [
    ...(onResource.length === 0
      ? []
      : [`On ${resource}, rules name ${shortList([...new Set(onResource)], 3)}.`]),
    ...(onResource.length > 0 || ofRole.length === 0
      ? []
      : [`Rules name ${googleRole} on ${shortList([...new Set(ofRole)], 3)}.`]),
  ];
  return other.map((one) => ` ${one}`).join('');
};

/** A rule with the name by which outcomes and audits call it: its place and its target, so that it is understood after an edit. */
export interface NamedRule<Rule extends AllowRule = AllowRule> {
  readonly rule: Rule;
  readonly name: string;
}

export const namedRules = (allow: readonly AllowRule[]): readonly NamedRule[] =>
  allow.map((rule, index) => ({ rule, name: `allow[${index}] ${subjectOf(rule)}` }));

const subjectOf = (rule: AllowRule): string =>
  isGrantRule(rule) ? `grant ${rule.grant} on ${rule.on.join(', ')}` : `to ${rule.to}`;

/** Whether a rule is for a role: its account, and its name. */
const isForRole = ({ accounts, roles }: AllowRule, { accountId, roleName }: RoleRef): boolean =>
  (accounts === undefined || accounts.includes(accountId)) &&
  roles.some((glob) => globMatches(glob, roleName));

/** The guardrail's answer to a request. */
type Decision = Pick<Grant, 'rule' | 'clientProject' | 'blocked'> | Refused;

type Refused = Pick<Refusal, 'code' | 'reason'>;

/** The first of the rules for this target and this role whose limit the request respects; otherwise why it respects none. */
const withinRules = <Rule extends NamedRule>(
  rules: readonly Rule[],
  request: Request,
  subject: string,
  now: Date,
): Rule | Refused => {
  const allowing = withinLimit(rules, request, subject, now);
  if ('reason' in allowing) return { code: 'expiry', ...allowing };
  const ended = endedReason(request, now);
  return ended === undefined ? allowing : { code: 'expired', reason: ended };
};

/** Why no rule allows a request. `forTarget`: the rules that name its target. */
const noRuleReason = (subject: string, role: RoleRef, forTarget: readonly NamedRule[]): string => {
  const why =
    forTarget.length === 0
      ? `no rule under "allow" names ${subject}`
      : `the rules under "allow" that name ${subject} are for other roles (${forTarget.flatMap(({ rule }) => rule.roles).join(', ')})` +
        ` or accounts`;
  return `The guardrail does not let ${roleText(role)} ask for this: ${why}. Ask the owners of rolebridge.yml for a rule.`;
};

/** The first of some rules whose limit in days a request respects; otherwise why it respects none of them. */
const withinLimit = <Rule extends NamedRule>(
  rules: readonly Rule[],
  { expiresAt }: Pick<Request, 'expiresAt'>,
  subject: string,
  now: Date,
): Rule | Pick<Refusal, 'reason'> => {
  const allowing = rules.find(({ rule }) => isWithin(expiresAt, rule, now));
  if (allowing !== undefined) return allowing;
  const maxDays = Math.max(...rules.map(({ rule }) => rule.maxDays).filter((days) => days !== undefined));
  const { day } = latestExpiry(now, maxDays);
  const wrong = expiresAt === undefined ? 'names no "until"' : `ends at ${expiresAt}`;
  return {
    // The last sentence changes every day (withoutToday).
    reason: `Access to ${subject} is for at most ${maxDays} days, and this request ${wrong}. The latest date allowed today is ${day}: write ${subject} until ${day}.`,
  };
};

const isWithin = (expiresAt: string | undefined, { maxDays }: AllowRule, now: Date): boolean =>
  maxDays === undefined ||
  (expiresAt !== undefined && Date.parse(expiresAt) <= latestExpiry(now, maxDays).endsAt);

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

/** Why a request has ended already; undefined if it has not. */
const endedReason = ({ expiresAt }: Pick<Request, 'expiresAt'>, now: Date): string | undefined =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()
    ? `This access ended at ${expiresAt}. Set a later date, or remove the tag.`
    : undefined;

/** A reason without its part that names the day, and differs every day. */
export const withoutToday = (reason: string): string => reason.replace(today, '');

const today = / The latest date allowed today is \d{4}-\d\d-\d\d: write .* until \d{4}-\d\d-\d\d\.$/s;
