import { projectRoleNames } from '../core/google-permissions.ts';
import type { Condition } from '../core/iam-policy.ts';
import { ownerText, type PoolOwner } from '../core/ownership.ts';

/**
 * The condition on rolebridge's own grant on a project: it may change who has these Google roles there, and no others
 * (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles). The title names the deployment, because stages may share
 * the service account. Google takes 10 roles in a list, and rules name at most as many as `projectRoleNames` has.
 */
export const limitCondition = (owner: PoolOwner, googleRoles: readonly string[]): Condition => ({
  title: `${titleStart}${ownerText(owner)}`,
  expression: `${expressionStart}${googleRoles.map((role) => `'${role}'`).join(', ')}${expressionEnd}`,
});

/** The Google roles of a limit that setup wrote; none for any other condition. */
export const rolesOfLimit = ({ expression = '' }: Condition): readonly string[] => {
  if (!expression.startsWith(expressionStart) || !expression.endsWith(expressionEnd)) return [];
  const listed = new Set(expression.slice(expressionStart.length, -expressionEnd.length).split(', '));
  return projectRoleNames().filter((role) => listed.has(`'${role}'`));
};

/** Whether the limit is that of another deployment with the same service account. */
export const isLimitOfAnother = (owner: PoolOwner, condition: Condition | undefined): boolean => {
  const title = condition?.title ?? '';
  return title.startsWith(titleStart) && title !== `${titleStart}${ownerText(owner)}`;
};

const titleStart = 'rolebridge of ';
const expressionStart = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([";
const expressionEnd = '])';
