import { memberRole, stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import { deploy } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, unknown } from './finding.ts';
import { policyVerdict } from './policy-verdict.ts';
import type { BusState } from './ports.ts';
import { checkEventRule, missedEvents, roleEvents, unlessRevoked } from './rule-checks.ts';
import { stackCheck } from './stack-check.ts';

/** The bus that receives the events of other accounts, and its rule. */
export const busChecks = (context: Context): readonly Check[] => [busCheck(context), busRuleCheck(context)];

const busRuleCheck = (context: Context): Check =>
  stackCheck(
    'bus-rule',
    'Rule of that bus',
    'events:DescribeRule, events:ListTargetsByRule, events:TestEventPattern',
    async () => {
      const { aws, names, stage } = context;
      const { tagKey } = await context.settings();
      const [sender = ''] = await context.memberIds();
      const rule = await aws.busRule(names.memberBus, names.memberEventsRule);
      const missed =
        rule.kind === 'there' ? await missedEvents(aws, rule.pattern, roleEvents(sender, tagKey)) : [];
      return unlessRevoked(context, rule, checkEventRule(names.memberEventsRule, names, stage, rule, missed));
    },
    ['functions', 'bus'],
  );

const busCheck = (context: Context): Check =>
  stackCheck('bus', 'Bus for other accounts', 'events:DescribeEventBus', async () => {
    const { aws, names, stage } = context;
    const settings = await context.settings();
    const bus = await aws.bus(names.memberBus);
    const senders = (await context.memberIds()).map((accountId) => ({
      accountId,
      forwardRole: memberRole(stage, settings, accountId, 'forward').arn,
    }));
    return checkBus(names.memberBus, stage, bus, { organization: settings.organization, senders });
  });

interface Senders {
  readonly organization: string | undefined;
  readonly senders: readonly { readonly accountId: string; readonly forwardRole: string }[];
}

/** The bus must admit the role with which each account forwards. */
export const checkBus = (
  name: string,
  stage: string,
  bus: BusState,
  { organization, senders }: Senders,
): Finding => {
  const fix = `Deploy the accounts of rolebridge.yml: ${deploy(stage)}`;
  if (bus.kind === 'absent') return failed(`${stackRegion} has no event bus ${name}.`, fix);
  const verdicts = senders.map(({ accountId, forwardRole }) => ({
    accountId,
    verdict: policyVerdict(bus.policy, {
      action: 'events:PutEvents',
      principals: [forwardRole, `arn:aws:iam::${accountId}:root`, accountId],
      resource: bus.arn,
      context: {
        'aws:principalarn': forwardRole,
        'aws:principalaccount': accountId,
        'aws:sourceaccount': accountId,
        ...(organization === undefined ? {} : { 'aws:principalorgid': organization }),
        // The events that the rules of other accounts forward.
        'events:source': 'aws.iam',
        'events:detail-type': 'AWS API Call via CloudTrail',
      },
    }),
  }));
  const idsOf = (wanted: string) =>
    verdicts.filter(({ verdict }) => verdict === wanted).map(({ accountId }) => accountId);
  const refused = idsOf('denied');
  const unclear = idsOf('unclear');
  if (refused.length > 0)
    return failed(`The policy of the bus ${name} does not admit ${listed(refused)}.`, fix);
  return unclear.length > 0
    ? unknown(`Not checked whether the policy of the bus ${name} admits ${listed(unclear)}.`, fix)
    : ok(`${name} admits ${senders.length > 5 ? `${senders.length} accounts` : listed(idsOf('allowed'))}.`);
};
