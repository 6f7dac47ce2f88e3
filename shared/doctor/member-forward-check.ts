import { memberRole } from '../core/stack.ts';
import { checkAccounts, type MemberAccount, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { restoreMember } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, unknown } from './finding.ts';
import { memberBusArn, memberCheck } from './member-check.ts';
import { policyVerdict } from './policy-verdict.ts';
import type { RoleDetail } from './ports.ts';

/** The role with which EventBridge forwards the events of each account. */
export const memberForwardCheck = (context: Context): Check =>
  memberCheck(
    'member-forward',
    'Roles that forward',
    'iam:GetRole, iam:ListRolePolicies, iam:GetRolePolicy',
    async () =>
      summarizeAccounts(
        context.stage,
        await checkAccounts(context, (account) => readForward(context, account)),
        'EventBridge may forward to the bus.',
      ),
  );

const readForward = async (context: Context, { accountId, view }: MemberAccount): Promise<Finding> => {
  const { name } = memberRole(context.stage, await context.settings(), accountId, 'forward');
  const role = await view.role(name);
  const { accountId: home } = await context.identity();
  return checkForwardRole(context.stage, {
    name,
    accountId,
    bus: memberBusArn(home, context.names),
    role,
    policies: role.kind === 'there' ? await view.rolePolicies(name) : [],
  });
};

interface FoundForward {
  readonly name: string;
  readonly accountId: string;
  readonly bus: string;
  readonly role: RoleDetail;
  /** Its inline policies, as JSON. */
  readonly policies: readonly string[];
}

/** EventBridge must be able to assume it, and it must be able to put events on the bus. */
export const checkForwardRole = (
  stage: string,
  { name, accountId, bus, role, policies }: FoundForward,
): Finding => {
  const restore = restoreMember(stage);
  if (role.kind === 'absent') return failed(`There is no role ${name}.`, restore);
  const trust = policyVerdict(role.trust, {
    action: 'sts:AssumeRole',
    principals: ['events.amazonaws.com'],
    context: { 'aws:sourceaccount': accountId },
  });
  if (trust === 'denied')
    return failed(`The trust policy of role ${name} does not admit events.amazonaws.com.`, restore);
  const verdicts = new Set(
    policies.map((policy) =>
      policyVerdict(policy, { action: 'events:PutEvents', principals: [], resource: bus, context: {} }),
    ),
  );
  if (!verdicts.has('allowed'))
    return verdicts.has('unclear')
      ? unknown(`Not checked whether the policy of role ${name} allows events:PutEvents on ${bus}.`, restore)
      : failed(`The policy of role ${name} does not allow events:PutEvents on ${bus}.`, restore);
  return trust === 'unclear'
    ? unknown(`Not checked whether the trust policy of role ${name} admits EventBridge.`, restore)
    : ok('EventBridge may forward to the bus.');
};
