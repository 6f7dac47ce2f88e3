import { type AllowPolicy, type Condition, conditionsOf, sameCondition } from '../core/iam-policy.ts';
import { roleOfMember } from '../core/member.ts';
import { resourceEditorRole } from './custom-roles.ts';
import { isLimitOfAnother, limitCondition, rolesOfLimit } from './limit.ts';
import type { ObservedSetup } from './observe.ts';
import { planRole } from './plan-role.ts';
import { mergeParts, type PlanPart, planPart, type SetupGrant } from './step.ts';
import type { WantedSetup } from './wanted.ts';
import type { ProjectLimit } from './wanted-resources.ts';

/**
 * Plans what rolebridge may grant on whole projects. A grant of an earlier run follows the rules, whether or not this run names its
 * project: otherwise rolebridge could give roles that no rule names any more.
 */
export const planProjectGrants = (wanted: WantedSetup, observed: ObservedSetup): PlanPart =>
  mergeParts(wanted.limits.map((limit) => planLimit(limit, wanted, observed)));

const planLimit = (limit: ProjectLimit, wanted: WantedSetup, observed: ObservedSetup): PlanPart => {
  const { project, resource, isAsked } = limit;
  const unread = observed.unreadLimits.get(project);
  if (unread !== undefined)
    return planPart({
      warnings: [
        `Not checked: whether rolebridge may grant on project ${project} what the rules name. ${unread}`,
      ],
    });
  const policy = observed.policies.get(resource) ?? {};
  const held = heldConditions(limit, wanted, policy);
  if (!isAsked && held.length === 0) return planPart({});
  const bound = boundRoles(held, limit, wanted, policy);
  const googleRoles = [...limit.googleRoles, ...bound].toSorted();
  if (isAsked && limit.googleRoles.length === 0) return planPart({ refusals: [noRule(project)] });
  const role = resourceEditorRole(project, resource);
  const grant: SetupGrant = {
    purpose: 'optInProjectGrants',
    resource,
    role: role.name,
    member: memberOf(wanted),
  };
  const condition = limitCondition(wanted.owner, googleRoles);
  const isKept = (one: Condition | undefined): boolean =>
    googleRoles.length > 0 && sameCondition(one, condition);
  return mergeParts([
    googleRoles.length === 0 ? planPart({}) : planRole(role, observed),
    planPart({
      steps: [
        ...(googleRoles.length === 0 || held.some(isKept)
          ? []
          : [{ kind: 'bind', ...grant, condition } as const]),
        ...held
          .filter((one) => !isKept(one))
          .map(
            (one) =>
              ({ kind: 'unbind', ...grant, ...(one === undefined ? {} : { condition: one }) }) as const,
          ),
      ],
      warnings: [
        ...(bound.length === 0 ? [] : [stillBound(project, bound)]),
        ...(isAsked && !held.some(isKept) ? [power(project, googleRoles)] : []),
      ],
    }),
  ]);
};

const memberOf = ({ settings }: WantedSetup): string => `serviceAccount:${settings.google.serviceAccount}`;

/** The conditions of this deployment's grants; undefined stands for a grant without a limit. */
const heldConditions = (
  { project, resource }: ProjectLimit,
  wanted: WantedSetup,
  policy: AllowPolicy,
): readonly (Condition | undefined)[] =>
  conditionsOf(policy, resourceEditorRole(project, resource).name, memberOf(wanted)).filter(
    (condition) => !isLimitOfAnother(wanted.owner, condition),
  );

/** Roles that no rule names any more, and that AWS roles still have: without the right to change them, nothing could revoke them. */
const boundRoles = (
  held: readonly (Condition | undefined)[],
  { googleRoles }: ProjectLimit,
  { settings }: WantedSetup,
  { bindings = [] }: AllowPolicy,
): readonly string[] => {
  const limited = new Set(
    held.flatMap((condition) => (condition === undefined ? [] : rolesOfLimit(condition))),
  );
  const isBound = (role: string): boolean =>
    bindings.some(
      (binding) =>
        binding.role === role &&
        binding.members.some((member) => roleOfMember(settings, member) !== undefined),
    );
  return [...limited].filter((role) => !googleRoles.includes(role) && isBound(role));
};

const noRule = (project: string): string =>
  `--opt-in-project-grants ${project}: no rule of rolebridge.yml names a Google role on projects/${project}. Add the rule first: setup limits rolebridge to the roles of its rules.`;

const stillBound = (project: string, roles: readonly string[]): string =>
  `No rule names ${roles.join(', ')} on projects/${project} any more, but AWS roles still have ${roles.length === 1 ? 'it' : 'them'}. rolebridge keeps the right to revoke. Deploy, let the sweep revoke, then run this again.`;

const power = (project: string, roles: readonly string[]): string =>
  `--opt-in-project-grants ${project} lets rolebridge give and revoke ${roles.join(', ')} on project ${project}, for anyone, and no other role. ` +
  'Anyone who controls rolebridge can do the same.';
