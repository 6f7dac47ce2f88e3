import { functionRoleArns, memberRole } from '../core/stack.ts';
import { checkAccounts, type MemberAccount, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { restoreMember } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, type Problem, unknown, warning } from './finding.ts';
import { latest, quoted } from './function-errors-check.ts';
import { memberCheck } from './member-check.ts';
import { policyVerdict } from './policy-verdict.ts';
import type { LogLine, RoleDetail } from './ports.ts';

/** The roles that the functions assume. Only the functions can try: doctor reads their trust and the functions' logs. */
export const memberRolesCheck = (context: Context): Check =>
  memberCheck('member-roles', 'Roles of the functions', 'iam:GetRole, logs:FilterLogEvents', async () =>
    summarizeAccounts(
      context.stage,
      await checkAccounts(context, (account) => readRoles(context, account)),
      'both functions are admitted, and did not fail to assume their role within 24 hours.',
    ),
  );

const readRoles = async (context: Context, { accountId, view }: MemberAccount): Promise<Finding> => {
  const { stage } = context;
  const settings = await context.settings();
  const { accountId: home } = await context.identity();
  const [reconcile, sweep] = functionRoleArns(stage, settings, home);
  const pairs = [
    { kind: 'member', functionRole: reconcile },
    { kind: 'member-read', functionRole: sweep },
  ] as const;
  const roles = await Promise.all(
    pairs.map(async ({ kind, functionRole }) => {
      const { name, arn } = memberRole(stage, settings, accountId, kind);
      return { name, arn, functionRole, role: await view.role(name) };
    }),
  );
  // If the logs cannot be read, their own check reports that.
  const lines = await context.failures().catch(() => []);
  return checkMemberRoles(stage, { home, organization: settings.organization, roles, lines });
};

export interface FoundRoles {
  /** The account that the functions are deployed to. */
  readonly home: string;
  readonly organization: string | undefined;
  readonly roles: readonly FoundRole[];
  /** Failures in the functions' logs. */
  readonly lines: readonly LogLine[];
}

interface FoundRole {
  readonly name: string;
  readonly arn: string;
  /** ARN of the function's role that assumes it. */
  readonly functionRole: string;
  readonly role: RoleDetail;
}

/** Both roles must exist and admit the function that assumes them. */
export const checkMemberRoles = (
  stage: string,
  { home, organization, roles, lines }: FoundRoles,
): Finding => {
  const restore = restoreMember(stage);
  const problems: Problem[] = [];
  const unclear: string[] = [];
  for (const { name, functionRole, role } of roles) {
    if (role.kind === 'absent') {
      problems.push({ message: `There is no role ${name}.`, fix: restore });
      continue;
    }
    const verdict = policyVerdict(role.trust, {
      action: 'sts:AssumeRole',
      principals: [functionRole, `arn:aws:iam::${home}:root`, home],
      context: {
        'aws:principalarn': functionRole,
        'aws:principalaccount': home,
        ...(organization === undefined ? {} : { 'aws:principalorgid': organization }),
      },
    });
    if (verdict === 'denied')
      problems.push({
        message: `The trust policy of role ${name} does not admit ${functionRole}.`,
        fix: restore,
      });
    if (verdict === 'unclear') unclear.push(name);
  }
  if (problems.length > 0) return failed(problems.map(({ message }) => message).join(' '), restore);
  const last = latest(lines.filter(({ text }) => roles.some((role) => isUnassumed(role, text))));
  if (last !== undefined)
    return warning(
      `Within 24 hours a function could not work in the account, last ${quoted(last)}`,
      'The roles look right now. If the cause was fixed since then, the next sweep shows it. If not, a control policy may deny sts:AssumeRole.',
    );
  const denied = latest(lines.filter(({ text }) => roles.some((role) => isDeniedCall(role, text))));
  if (denied !== undefined)
    return warning(
      `Within 24 hours AWS denied a function a call in the account, last ${quoted(denied)}`,
      `Both roles can be assumed, so the policy of the role that the message names may lack the call. ${restore}`,
    );
  return unclear.length > 0
    ? unknown(
        `Not checked whether the trust policy of ${unclear.join(' and ')} admits the functions.`,
        restore,
      )
    : ok('Both functions are admitted.');
};

/** shared/adapters/aws/assumed-credentials.ts */
const isUnassumed = ({ arn }: FoundRole, text: string): boolean =>
  text.includes(`assume ${arn} `) || text.includes(`assuming ${arn}:`);

/** shared/adapters/aws/named-refusals.ts */
const isDeniedCall = ({ arn, name }: FoundRole, text: string): boolean =>
  text.includes(` AWS account ${arn.split(':')[4]}: `) && text.includes(` policy of role ${name} allows `);
