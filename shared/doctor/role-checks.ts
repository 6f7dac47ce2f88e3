import type { Refusal } from '../core/model.ts';
import { similarNames } from '../core/similar-names.ts';
import { nearMisses } from '../core/tags.ts';
import { bindingChecks } from './binding-checks.ts';
import type { Check } from './check.ts';
import { shellWord } from './commands.ts';
import type { Context } from './context.ts';
import { grantText, undecidedText } from './drift.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';
import { exchangeLinks } from './google-check.ts';
import { parametersCheck } from './parameters-check.ts';
import type { RoleDetail } from './ports.ts';
import { googleRolesCheckId, resourceCheckIds } from './resource-checks.ts';
import { type InspectedRole, placeOf, type RoleCase, type RoleCheck, readRoleCase } from './role-case.ts';
import { needsAws } from './stack-check.ts';
import { statusesCheck } from './statuses-check.ts';
import { usageChecks } from './usage-checks.ts';

/** Checks of one role: its tags, the access that it has by them, and who uses it. */
export const roleChecks = (context: Context, role: InspectedRole, hasStatuses: boolean): readonly Check[] => {
  const { name, emails, resources, isNamed } = role;
  const exists: Check = {
    id: `role:${name}`,
    group: `Role ${name}`,
    title: name,
    permission: 'iam:GetRole',
    needs: ['config', ...needsAws],
    causedBy: [],
    run: async () => {
      const { accountId, roleName, view } = await placeOf(context, name);
      const detail = await view.role(roleName);
      const existing = detail.kind === 'absent' ? await view.roles(accountId).catch(() => []) : [];
      const names = existing.map(({ ref }) => ref.roleName);
      return checkRole(accountId, roleName, detail, names);
    },
  };
  const check: RoleCheck = (kind, title, permission, run, { needs = [], causedBy = [] } = {}) => ({
    id: `${kind}:${name}`,
    group: exists.group,
    title: `${title} (${name})`,
    permission,
    needs: [...exists.needs, exists.id, ...needs],
    causedBy,
    run,
  });
  const causedBy = [
    ...deliveryLinks,
    ...emails.flatMap((email) => [`account:${email}`, `opt-in:${email}`]),
    ...resources.flatMap(resourceCheckIds),
  ];
  const [binding, elsewhere] = bindingChecks(context, role, check, causedBy);
  return [
    exists,
    check('tags', 'Tags', 'iam:GetRole', async () => checkTags(await readRoleCase(context, name), isNamed), {
      causedBy: resources.map(googleRolesCheckId),
    }),
    binding,
    parametersCheck(context, name, check, causedBy),
    ...(hasStatuses ? [statusesCheck(context, name, check)] : []),
    elsewhere,
    ...usageChecks(context, name, check),
  ];
};

/** Each link that a change passes on its way to a write: if one of them failed, it explains drift. */
export const deliveryLinks = [
  'functions',
  'trail',
  'role-events-rule',
  'drift-rule',
  'schedule-rule',
  'event-source',
  'queue',
  'dead-letter-queue',
  'google-project',
  ...exchangeLinks,
  'subject',
  'own-account',
  'function-access',
];

/** `existing`: the names of roles that exist, as far as they could be listed. */
export const checkRole = (
  accountId: string,
  name: string,
  detail: RoleDetail,
  existing: readonly string[],
): Finding => {
  if (detail.kind === 'there') return ok(`${detail.arn} (${detail.roleId})`);
  const similar = similarNames(name, existing);
  return failed(
    `Account ${accountId} has no role ${name}.${similar.length === 0 ? '' : ` Did you mean ${similar.join(' or ')}?`}`,
    "List the roles: aws iam list-roles --query 'Roles[].RoleName'",
  );
};

/** The tags must be readable and within the guardrail. A person who names a role expects it to have access. */
export const checkTags = (
  { settings: { tagKey }, role, desired: { grants, refusals } }: RoleCase,
  isNamed: boolean,
): Finding => {
  const { roleName } = role.ref;
  const missed = nearMisses(role.tags, tagKey);
  const hint =
    missed.length === 0
      ? undefined
      : `It has a tag ${listed(missed)}, which rolebridge does not read. Is it misspelled? rolebridge reads ${tagKey} and ${tagKey}/<name>.`;
  const tag = (key: string, value = 'SERVICE_ACCOUNT_EMAIL') =>
    `aws iam tag-role --role-name ${roleName} --tags ${shellWord(`Key=${key},Value=${value}`)}`;
  if (refusals.length > 0) {
    // The check of the Google roles reports what is wrong with a rule.
    const isRulesFault = refusals.every(({ code }) => code === 'google-role');
    const finding = isNamed || isRulesFault ? failed : warning;
    return finding(
      withHint(`Refused: ${refusals.map(refusalText).join('\n')}`, hint),
      refusals
        .map(({ tagKey: key, target }) =>
          tag(key, target?.kind === 'direct' ? 'GOOGLE_ROLE on RESOURCE' : undefined),
        )
        .map((command) => `Correct the tag: ${command}`)
        .join('\n'),
    );
  }
  const undecided = grants.flatMap((grant) =>
    grant.blocked === undefined ? [] : [undecidedText(grant, grant.blocked)],
  );
  if (undecided.length > 0) return unknown(withHint(undecided.join('\n'), hint));
  return grants.length === 0
    ? failed(
        withHint(`Role ${roleName} has no tag ${tagKey}, so it asks for no access.`, hint),
        `Tag it: ${tag(tagKey)}`,
      )
    : ok(`They grant ${listed(grants.map(grantText))}.`, hint);
};

const withHint = (message: string, hint: string | undefined): string =>
  hint === undefined ? message : `${message}\n${hint}`;

const refusalText = ({ tagKey, value, reason }: Refusal): string => `${tagKey} = ${value}: ${reason}`;
