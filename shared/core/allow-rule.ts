import { globMatches } from './glob.ts';
import { type Grant, type Refusal, type Request, type RoleRef, roleText } from './model.ts';
import { type AllowRule, isGrantRule } from './settings.ts';

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
export const isForRole = ({ accounts, roles }: AllowRule, { accountId, roleName }: RoleRef): boolean =>
  (accounts === undefined || accounts.includes(accountId)) &&
  roles.some((glob) => globMatches(glob, roleName));

/** The guardrail's answer to a request. */
export type Decision = Pick<Grant, 'rule' | 'clientProject' | 'blocked'> | Refused;

type Refused = Pick<Refusal, 'code' | 'reason' | 'reasonToday'>;

/** The first of the rules for this target and this role whose limit the request respects; otherwise why it respects none. */
export const withinRules = <Rule extends NamedRule>(
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
export const noRuleReason = (subject: string, role: RoleRef, forTarget: readonly NamedRule[]): string => {
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
): Rule | { readonly reason: string; readonly reasonToday: string } => {
  const allowing = rules.find(({ rule }) => isWithin(expiresAt, rule, now));
  if (allowing !== undefined) return allowing;
  const maxDays = Math.max(...rules.map(({ rule }) => rule.maxDays).filter((days) => days !== undefined));
  const { day } = latestExpiry(now, maxDays);
  const wrong = expiresAt === undefined ? 'names no "until"' : `ends at ${expiresAt}`;
  const reasonToday = `The latest date allowed today is ${day}: write ${subject} until ${day}.`;
  return {
    reason: `Access to ${subject} is for at most ${maxDays} days, and this request ${wrong}. ${reasonToday}`,
    reasonToday,
  };
};

/** A reason without its part that names the day, and differs every day. */
export const withoutToday = (reason: string): string => reason.replace(today, '');

const today = / The latest date allowed today is \d{4}-\d\d-\d\d: write .* until \d{4}-\d\d-\d\d\.$/s;

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
    ? `This access ended at ${expiresAt}. Set a later date, or take the tag away.`
    : undefined;
