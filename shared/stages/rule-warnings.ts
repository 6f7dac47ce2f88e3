import { globCovers } from '../core/glob.ts';
import { projectOfGoogleResource } from '../core/google-resource.ts';
import type { ResourceName } from '../core/service-account.ts';
import { type AllowRule, type GrantRule, isGrantRule, type Settings } from '../core/settings.ts';

export interface RuleWarning {
  readonly path: readonly ['allow', number];
  readonly message: string;
}

/** Rules that add nothing, because another one allows all that they allow: often a limit that has no effect. */
export const ruleWarnings = ({ allow, accounts }: Settings): readonly RuleWarning[] => {
  const ids = accounts.map(({ id }) => id);
  return allow.flatMap((rule, index) => {
    // If two rules allow the same, we report the second one.
    const by = allow.findIndex(
      (other, at) =>
        at !== index &&
        covers(other, rule, ids) &&
        (at < index || (!covers(rule, other, ids) && isSameProject(other, rule))),
    );
    return by < 0
      ? []
      : [
          {
            path: ['allow', index],
            message: `has no effect: allow[${by}] allows all that it allows${limitHint(rule, allow[by])}`,
          },
        ];
  });
};

const covers = (wide: AllowRule, narrow: AllowRule, accountIds: readonly string[]): boolean =>
  coversTargets(wide, narrow) &&
  narrow.roles.every((role) => wide.roles.some((other) => globCovers(other, role))) &&
  (narrow.accounts ?? accountIds).every((id) => wide.accounts?.includes(id) ?? true) &&
  (wide.maxDays === undefined || (narrow.maxDays !== undefined && narrow.maxDays <= wide.maxDays));

const coversTargets = (wide: AllowRule, narrow: AllowRule): boolean => {
  if (isGrantRule(wide) || isGrantRule(narrow))
    return (
      isGrantRule(wide) &&
      isGrantRule(narrow) &&
      wide.grant === narrow.grant &&
      narrow.on.every((resource) => wide.on.includes(resource)) &&
      (narrow.alsoPermit ?? []).every((permission) => wide.alsoPermit?.includes(permission))
    );
  return globCovers(wide.to, narrow.to);
};

/** Whether two rules send clients to the same projects. The first of two rules decides that, so only a later one may differ. */
const isSameProject = (one: AllowRule, other: AllowRule): boolean =>
  !isGrantRule(one) ||
  !isGrantRule(other) ||
  other.on.every((resource) => clientProject(one, resource) === clientProject(other, resource));

const clientProject = (rule: GrantRule, resource: ResourceName): string | undefined =>
  rule.clientProject ?? projectOfGoogleResource(resource);

const limitHint = ({ maxDays }: AllowRule, by: AllowRule | undefined): string =>
  maxDays === undefined || by?.maxDays === maxDays
    ? ''
    : `, ${by?.maxDays === undefined ? 'without a limit' : `for up to ${by.maxDays} days`}, so its maxDays limits nothing`;
