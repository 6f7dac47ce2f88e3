import { globCovers } from '../core/glob.ts';
import { type AllowRule, isGrantRule, type Settings } from '../core/settings.ts';

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
      (other, at) => at !== index && covers(other, rule, ids) && (at < index || !covers(rule, other, ids)),
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
      narrow.on.every((resource) => wide.on.includes(resource))
    );
  return globCovers(wide.to, narrow.to);
};

const limitHint = ({ maxDays }: AllowRule, by: AllowRule | undefined): string =>
  maxDays === undefined || by?.maxDays === maxDays
    ? ''
    : `, ${by?.maxDays === undefined ? 'without a limit' : `for up to ${by.maxDays} days`}, so its maxDays limits nothing`;
