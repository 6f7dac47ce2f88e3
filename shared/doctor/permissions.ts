import { type AllowPolicy, conditionsOf, workloadIdentityUser } from '../core/iam-policy.ts';
import { memberOf } from '../core/member.ts';
import type { RoleRef } from '../core/model.ts';
import { projectOf } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { editorRole, listerRole } from '../setup/wanted.ts';
import { rolebridge } from './commands.ts';
import { type Finding, failed, ok, okUnless, type Problem, unknown, warning } from './finding.ts';

/** The Google roles that a policy gives somebody. */
export const rolesGiven = (
  policy: AllowPolicy,
  member: string,
): readonly { readonly role: string; readonly isConditional: boolean }[] =>
  (policy.bindings ?? [])
    .filter(({ members }) => members.includes(member))
    .map(({ role, condition }) => ({ role, isConditional: condition !== undefined }));

/** A Google role that somebody has, with what it permits. */
export interface HeldRole {
  readonly role: string;
  readonly isConditional: boolean;
  readonly permissions: readonly string[];
}

const missingOf = (needed: readonly string[], held: readonly HeldRole[]): readonly string[] =>
  needed.filter((permission) => !held.some(({ permissions }) => permissions.includes(permission)));

interface Holding {
  readonly who: string;
  /** `edit reader@…` */
  readonly what: string;
  readonly needed: readonly string[];
  /** Undefined where one of the policies could not be read. */
  readonly held: readonly HeldRole[];
  /** What could not be read. */
  readonly unread: readonly string[];
  readonly fix: string;
}

/** Whether somebody has all permissions by the roles that are given; those given under a condition are not relied upon. */
const checkHolding = ({ who, what, needed, held, unread, fix }: Holding): Finding => {
  const missing = missingOf(
    needed,
    held.filter(({ isConditional }) => !isConditional),
  );
  if (missing.length === 0) return ok(`${who} may ${what}.`);
  if (missingOf(needed, held).length === 0)
    return warning(`${who} may ${what} under a condition only, which may end.`, fix);
  if (unread.length > 0) return unknown(`Not checked whether ${who} may ${what}: ${unread.join('; ')}`);
  return failed(
    `${who} may not ${what}: ${missing.join(', ')} missing, in its allow policy and its project's. (What a folder, an organisation or a group gives is not looked at.)`,
    fix,
  );
};

/** Whether the owner of a target opted in. */
export const checkOptIn = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  email: string,
  held: readonly HeldRole[],
  unread: readonly string[],
): Finding =>
  checkHolding({
    who: serviceAccount,
    what: `edit the allow policy of ${email}`,
    needed: editorRole('').permissions,
    held,
    unread,
    fix:
      `Its owner opts it in: ${rolebridge(stage, `setup --opt-in ${email}`)}\n` +
      `Or: gcloud iam service-accounts add-iam-policy-binding ${email} --role ${editorRole(projectOf(email) ?? '<project>').name} --member serviceAccount:${serviceAccount}`,
  });

/** Whether the sweep can list the accounts of a project. */
export const checkLister = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  project: string,
  held: readonly HeldRole[],
  unread: readonly string[],
): Finding =>
  checkHolding({
    who: serviceAccount,
    what: `list the service accounts of project ${project}`,
    needed: listerRole('').permissions,
    held,
    unread,
    fix: `Give it its lister role: ${rolebridge(stage, 'setup')}`,
  });

/** Whether the two functions' AWS roles, by name, may act as rolebridge's own account. */
export const checkFunctionAccess = (
  settings: Settings,
  stage: string,
  functionRoles: readonly RoleRef[],
  policy: AllowPolicy,
): Finding => {
  const { serviceAccount, project } = settings.google;
  const problems = functionRoles.flatMap((ref): readonly Problem[] => {
    const member = memberOf(settings, ref);
    return conditionsOf(policy, member).includes(undefined)
      ? []
      : [
          {
            message: `The function's role ${ref.roleName} may not act as ${serviceAccount}.`,
            fix:
              `Let it: ${rolebridge(stage, 'setup')}\n` +
              `Or: gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --project ${project} --role ${workloadIdentityUser} --member ${member}`,
          },
        ];
  });
  return okUnless(
    problems,
    `${functionRoles.map(({ roleName }) => roleName).join(' and ')} may act as ${serviceAccount}.`,
  );
};
