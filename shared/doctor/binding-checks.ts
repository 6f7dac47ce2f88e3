import { type Condition, conditionsOf, hasEnded, sameCondition, untilCondition } from '../core/iam-policy.ts';
import { memberOf } from '../core/member.ts';
import { canRevoke } from '../core/mode.ts';
import type { Grant } from '../core/model.ts';
import { serviceAccountResource } from '../core/service-account.ts';
import { accessOf, accessText, resourceText, siteOf } from '../core/target.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { drift, grantText, okUnlessDrifted, plannedChanges, undecidedText } from './drift.ts';
import { type Finding, listed, type Problem, unknown } from './finding.ts';
import { needsGoogle } from './google-check.ts';
import { orRevoked } from './ledger-checks.ts';
import { type InspectedRole, type RoleCase, type RoleCheck, readRoleCase } from './role-case.ts';
import { type Policies, readAccountPolicies, readTargets } from './target-policies.ts';

/** Whether a role is bound on the accounts that its tags ask for, and on no other. */
export const bindingChecks = (
  context: Context,
  { name, emails }: InspectedRole,
  check: RoleCheck,
  causedBy: readonly string[],
): readonly [binding: Check, elsewhere: Check] => [
  check(
    'binding',
    'Binding',
    'getIamPolicy on the service accounts and resources of its tags',
    async () => {
      const roleCase = await readRoleCase(context, name);
      return orRevoked(context, checkBinding(roleCase, await readTargets(context, roleCase.desired)));
    },
    { needs: [...needsGoogle, ...emails.map((email) => `account:${email}`)], causedBy },
  ),
  check(
    'elsewhere',
    'Bindings elsewhere',
    'iam.serviceAccounts.list and iam.serviceAccounts.getIamPolicy on google.projects',
    async () => {
      const roleCase = await readRoleCase(context, name);
      const { policies, unread } = await readAllPolicies(context);
      return orRevoked(context, checkElsewhere(roleCase, policies, unread));
    },
    { needs: needsGoogle, causedBy },
  ),
];

/** The allow policy of every account that may be a target, as far as they can be read. */
const readAllPolicies = async (
  context: Context,
): Promise<{ readonly policies: Policies; readonly unread: readonly string[] }> => {
  const { projects, serviceAccount } = (await context.settings()).google;
  const google = await context.google();
  const unread: string[] = [];
  const emails: string[] = [];
  for (const project of projects)
    try {
      emails.push(...(await google.serviceAccounts(project)));
    } catch {
      unread.push(`project ${project}`);
    }
  const targets = emails.filter((email) => email !== serviceAccount);
  const policies = await readAccountPolicies(context, targets);
  const unreadable = targets.filter(
    (email) => policies.get(serviceAccountResource(email))?.kind === 'unreadable',
  );
  return { policies, unread: [...unread, ...unreadable] };
};

/** Each grant's member must be in the allow policy, under the condition that its tag asks for. */
export const checkBinding = (roleCase: RoleCase, policies: Policies): Finding => {
  const { settings, role, desired, now } = roleCase;
  const member = memberOf(settings, role.ref);
  const unread: string[] = [];
  const undecided: string[] = [];
  const problems = desired.grants.flatMap((grant): readonly Problem[] => {
    const { googleRole, resource } = siteOf(grant.target);
    const observed = policies.get(resource);
    if (observed?.kind !== 'read') {
      unread.push(resourceText(resource));
      return [];
    }
    const conditions = conditionsOf(observed.policy, googleRole, member);
    const wanted = grant.expiresAt === undefined ? undefined : untilCondition(grant.expiresAt);
    if (conditions.some((condition) => sameCondition(condition, wanted))) return [];
    if (grant.blocked !== undefined) {
      undecided.push(undecidedText(grant, grant.blocked));
      return [];
    }
    return [drift(roleCase, `Role ${role.ref.roleName} is ${wrongBinding(grant, conditions, now)}.`)];
  });
  const open = [
    ...(unread.length === 0 ? [] : [`Not checked: the allow policy of ${listed(unread)} cannot be read.`]),
    ...undecided,
  ];
  if (problems.length === 0 && open.length > 0) return unknown(open.join('\n'));
  return okUnlessDrifted(
    roleCase,
    problems,
    desired.grants.length === 0
      ? 'It has no grant, so no binding is missing.'
      : `It is bound on ${listed(desired.grants.map(grantText))}.`,
  );
};

const wrongBinding = (grant: Grant, conditions: readonly (Condition | undefined)[], now: Date): string => {
  if (conditions.length === 0) return `not bound on ${grantText(grant)}`;
  return conditions.every((condition) => hasEnded(condition, now))
    ? `bound on ${grantText(grant)}, but under a condition that has ended`
    : `bound on ${grantText(grant)}, but under another condition`;
};

/** The role must not be bound on accounts that none of its tags asks for. `unread` names what could not be searched. */
export const checkElsewhere = (
  roleCase: RoleCase,
  policies: Policies,
  unread: readonly string[],
): Finding => {
  const { settings, role, now } = roleCase;
  const { roleName } = role.ref;
  const problems = plannedChanges(roleCase, { folders: [], policies }).flatMap(
    (change): readonly Problem[] => {
      if (change.kind !== 'unbind' || hasEnded(change.edit.condition, now)) return [];
      const grants = roleCase.desired.grants.filter(
        ({ target }) => accessOf(siteOf(target)) === change.access,
      );
      const where = accessText(change.access);
      if (grants.length === 0)
        return [
          drift(roleCase, `Role ${roleName} is bound on ${where}, but none of its tags asks for that.`),
        ];
      // If the right binding is missing, the binding check reports the wrong one.
      const isBound =
        checkBinding({ ...roleCase, desired: { grants, refusals: [] } }, policies).status === 'ok';
      const condition = change.edit.condition === undefined ? 'no condition' : 'another condition';
      return isBound
        ? [drift(roleCase, `Role ${roleName} is bound a second time on ${where}, under ${condition}.`)]
        : [];
    },
  );
  if (problems.length === 0 && unread.length > 0)
    return unknown(`No other binding found, but ${listed(unread)} could not be read.`);
  return okUnlessDrifted(
    roleCase,
    problems,
    canRevoke(settings.mode)
      ? `It is bound nowhere else (${counted(policies.size, 'account')} checked).`
      : `In mode ${settings.mode}, rolebridge revokes nothing.`,
  );
};
