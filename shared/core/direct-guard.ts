import {
  type Decision,
  isForRole,
  type NamedRule,
  namedRules,
  noRuleReason,
  withinRules,
} from './allow-rule.ts';
import { projectOfGoogleResource, resourceKindOf, takesConditions } from './google-resource.ts';
import { judgeGoogleRole } from './google-role.ts';
import { type Request, type RoleRef, type Target, targetText } from './model.ts';
import { type GrantRule, isGrantRule, type Settings } from './settings.ts';
import { shortList } from './short-list.ts';

/**
 * Decides a request for a Google role on a resource. The rule names both exactly, and the Google role may have only permissions that are
 * harmless on this kind of resource, or that the rule permits.
 */
export const guardDirect = (
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
