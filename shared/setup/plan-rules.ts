import { resourceKindOf } from '../core/google-resource.ts';
import { type GoogleRoleState, judgeGoogleRole, type RoleVerdict } from '../core/google-role.ts';
import { type NamedRule, namedRules } from '../core/guardrail.ts';
import type { ResourceName } from '../core/service-account.ts';
import { type GrantRule, isGrantRule, type Settings } from '../core/settings.ts';
import { fullResourceName } from './services.ts';
import { mergeParts, type PlanPart, planPart } from './step.ts';

/** Google's answers about the Google roles and resources that rules name. */
export interface ObservedRules {
  readonly googleRoles: ReadonlyMap<string, GoogleRoleState>;
  /** By resource: the Google roles that it takes. */
  readonly grantable: ReadonlyMap<ResourceName, GrantableRoles>;
}

export type GrantableRoles =
  | { readonly kind: 'read'; readonly googleRoles: ReadonlySet<string> }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Refuses rules that rolebridge will never follow, before anyone makes a request and is refused. `resources`: only as far as these
 * are concerned.
 */
export const planRules = (
  settings: Pick<Settings, 'allow'>,
  observed: ObservedRules,
  resources?: readonly ResourceName[],
): PlanPart =>
  mergeParts(
    namedRules(settings.allow)
      .filter(isNamedGrantRule)
      .map((named) => ({ ...named, on: named.rule.on.filter((one) => resources?.includes(one) ?? true) }))
      .flatMap(({ rule, name, on }) => [
        judge(rule, on, name, observed),
        ...on.map((one) => takes(rule, one, name, observed)),
      ]),
  );

const isNamedGrantRule = (named: NamedRule): named is NamedRule<GrantRule> => isGrantRule(named.rule);

/** One verdict for each kind of resource that the rule names. */
const judge = (
  { grant, alsoPermit }: GrantRule,
  on: readonly ResourceName[],
  name: string,
  { googleRoles }: ObservedRules,
): PlanPart => {
  const kinds = [...new Set(on.map(resourceKindOf))].filter((kind) => kind !== undefined);
  const verdicts = kinds.map((kind) => judgeGoogleRole(grant, kind, googleRoles.get(grant), alsoPermit));
  return planPart({
    refusals: reasonsOf(verdicts, ['denied', 'unknown']).map((reason) => `${name}: ${reason}`),
    warnings: reasonsOf(verdicts, ['unread']).map((reason) => `Not checked: ${name}. ${reason}`),
  });
};

const reasonsOf = (
  verdicts: readonly RoleVerdict[],
  kinds: readonly RoleVerdict['kind'][],
): readonly string[] => [
  ...new Set(
    verdicts.flatMap((verdict) =>
      verdict.kind !== 'allowed' && kinds.includes(verdict.kind) ? [verdict.reason] : [],
    ),
  ),
];

/** Google refuses a binding whose role the resource does not take. */
const takes = (
  { grant }: GrantRule,
  resource: ResourceName,
  name: string,
  { googleRoles, grantable }: ObservedRules,
): PlanPart => {
  const taken = grantable.get(resource);
  // An unknown role has its own refusal.
  if (taken === undefined || googleRoles.get(grant)?.kind !== 'read') return planPart({});
  if (taken.kind === 'unreadable')
    return planPart({
      warnings: [`Not checked: whether ${resource} takes ${grant} (${name}). ${taken.reason}`],
    });
  return taken.googleRoles.has(grant)
    ? planPart({})
    : planPart({
        refusals: [
          `${name}: Google does not take ${grant} on ${resource}. These roles it takes: gcloud iam list-grantable-roles ${fullResourceName(resource)}`,
        ],
      });
};
