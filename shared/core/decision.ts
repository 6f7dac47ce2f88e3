import { endedReason, type NamedRule, withinLimit } from './allow-rule.ts';
import { type Grant, type Refusal, type Request, type RoleRef, roleText } from './model.ts';

/** What the guardrail says of a request. */
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
