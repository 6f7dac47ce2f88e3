import { forwardRule, memberRole, stackRegion } from '../core/stack.ts';
import { checkAccounts, type MemberAccount, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { restoreMember } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok } from './finding.ts';
import { memberBusArn, memberCheck } from './member-check.ts';
import type { RuleState, SampleEvent } from './ports.ts';
import { eventName, missedEvents, roleEvents } from './rule-checks.ts';

/** The rule that forwards IAM's events of each account to the bus of the home account. */
export const memberRuleCheck = (context: Context): Check =>
  memberCheck(
    'member-rule',
    'Rules that forward role events',
    'events:DescribeRule, events:ListTargetsByRule, events:TestEventPattern',
    async () =>
      summarizeAccounts(
        context.stage,
        await checkAccounts(context, (account) => readRule(context, account)),
        `the rule ${forwardRule(context.stage)} is enabled and forwards role events.`,
      ),
  );

const readRule = async (context: Context, { accountId, view }: MemberAccount): Promise<Finding> => {
  const { aws, names, stage } = context;
  const settings = await context.settings();
  const rule = await view.rule(forwardRule(stage));
  const { accountId: home } = await context.identity();
  const pattern = rule.kind === 'there' && rule.isEnabled ? rule.pattern : undefined;
  // A pattern that does not look at the account needs one answer of EventBridge for all accounts.
  const samples = roleEvents(pattern?.includes('account') === true ? accountId : home, settings.tagKey);
  return checkMemberRule(stage, {
    rule,
    bus: memberBusArn(home, names),
    forwardRole: memberRole(stage, settings, accountId, 'forward').arn,
    missed: pattern === undefined ? [] : await missedEvents(aws, pattern, samples),
  });
};

interface FoundRule {
  readonly rule: RuleState;
  /** ARN of the bus of the home account. */
  readonly bus: string;
  /** ARN of the role with which EventBridge forwards. */
  readonly forwardRole: string;
  /** Events that we need and that the rule does not match. */
  readonly missed: readonly SampleEvent[];
}

export const checkMemberRule = (stage: string, { rule, bus, forwardRole, missed }: FoundRule): Finding => {
  const name = forwardRule(stage);
  const restore = restoreMember(stage);
  if (rule.kind === 'absent') return failed(`${stackRegion} has no rule ${name}.`, restore);
  if (!rule.isEnabled)
    return failed(
      `The rule ${name} is disabled.`,
      `Enable it, with credentials of that account: aws events enable-rule --name ${name} --region ${stackRegion}`,
    );
  if (!rule.targets.includes(bus))
    return failed(
      `The rule ${name} does not have the bus ${bus} as its target (${rule.targets.length === 0 ? 'it has none' : listed(rule.targets)}).`,
      restore,
    );
  // EventBridge drops events for a bus of another account if the target has no role.
  if (rule.targetRoles?.get(bus) !== forwardRole)
    return failed(
      `The target of the rule ${name} has ${rule.targetRoles?.get(bus) === undefined ? 'no role' : 'another role'} to forward with (RoleArn of the target), so no event arrives.`,
      restore,
    );
  return missed.length === 0
    ? ok('Its rule forwards role events.')
    : failed(
        `The pattern of the rule ${name} does not match events that rolebridge.yml calls for: ${listed(missed.map(eventName))}.`,
        restore,
      );
};
