import type { Refusal } from '../core/model.ts';
import { bindingChecks } from './binding-checks.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { grantText } from './drift.ts';
import { type Finding, failed, listed, ok, warning } from './finding.ts';
import { exchangeLinks } from './google-check.ts';
import { parametersCheck } from './parameters-check.ts';
import type { RoleDetail } from './ports.ts';
import { type InspectedRole, type RoleCase, type RoleCheck, readRoleCase } from './role-case.ts';
import { needsAws } from './stack-check.ts';
import { usageChecks } from './usage-checks.ts';

/** Checks of one role: its tags, the access that it has by them, and who uses it. */
export const roleChecks = (context: Context, role: InspectedRole): readonly Check[] => {
  const { name, emails, isNamed } = role;
  const exists: Check = {
    id: `role:${name}`,
    group: `Role ${name}`,
    title: name,
    permission: 'iam:GetRole',
    needs: ['config', ...needsAws],
    causedBy: [],
    run: async () => checkRole((await context.account()).id, name, await context.aws.role(name)),
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
  const causedBy = [...deliveryLinks, ...emails.flatMap((email) => [`account:${email}`, `opt-in:${email}`])];
  const [binding, elsewhere] = bindingChecks(context, role, check, causedBy);
  return [
    exists,
    check('tags', 'Tags', 'iam:GetRole', async () => checkTags(await readRoleCase(context, name), isNamed)),
    binding,
    parametersCheck(context, name, check, causedBy),
    elsewhere,
    ...usageChecks(context, name, check),
  ];
};

/** Each link that a change passes on its way to a write: if one of them failed, it explains drift. */
const deliveryLinks = [
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

export const checkRole = (accountId: string, name: string, detail: RoleDetail): Finding =>
  detail.kind === 'there'
    ? ok(`${detail.arn} (${detail.roleId})`)
    : failed(
        `Account ${accountId} has no role ${name}.`,
        "List the roles: aws iam list-roles --query 'Roles[].RoleName'",
      );

/** The tags must be readable and within the guardrail. A person who names a role expects it to have access. */
export const checkTags = (
  { settings: { tagKey }, role, desired: { grants, refusals } }: RoleCase,
  isNamed: boolean,
): Finding => {
  const { roleName } = role.ref;
  const tag = (key: string) =>
    `aws iam tag-role --role-name ${roleName} --tags Key=${key},Value=<service account e-mail>`;
  const [firstRefusal] = refusals;
  if (firstRefusal !== undefined) {
    const finding = isNamed ? failed : warning;
    return finding(
      `Refused: ${refusals.map(refusalText).join('\n')}`,
      `Correct the tag: ${tag(firstRefusal.tagKey)}`,
    );
  }
  return grants.length === 0
    ? failed(`Role ${roleName} has no tag ${tagKey}, so it asks for no access.`, `Tag it: ${tag(tagKey)}`)
    : ok(`They grant ${listed(grants.map(grantText))}.`);
};

const refusalText = ({ tagKey, value, reason }: Refusal): string => `${tagKey} = ${value}: ${reason}`;
