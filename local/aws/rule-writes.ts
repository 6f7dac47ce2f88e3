import { AwsError, type Input, records, text, texts } from './call.ts';
import type { Rule, RuleState, RuleTarget } from './event-bus.ts';
import { findRule, type RulePlace, ruleArn } from './rules.ts';

type RuleWrite = (place: RulePlace, input: Input) => unknown;

/** EventBridge's API that creates and deletes rules and their targets. */
export const ruleWrites: Readonly<Record<string, RuleWrite>> = {
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
  PutRule: ({ bus, region, accountId }, input) => {
    const { name: busName } = bus.buses.get(text(input, 'EventBusName'), region);
    const name = text(input, 'Name');
    const pattern = text(input, 'EventPattern');
    const description = text(input, 'Description');
    if (pattern === '')
      throw new AwsError('ValidationException', 'The stand-in creates only rules with an EventPattern here.');
    const previous = bus.rules().find((rule) => isSame(rule, { region, busName, name }));
    bus.addRule({
      name,
      region,
      busName,
      pattern: patternIn(pattern),
      state: (text(input, 'State') || 'ENABLED') as RuleState,
      targets: previous?.targets ?? [],
      ...(description === '' ? {} : { description }),
    });
    return { RuleArn: ruleArn({ region, busName, name }, accountId) };
  },
  DeleteRule: (place, input) => {
    const rule = findRule(place, input, 'Name');
    if (rule.targets.length > 0)
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    place.bus.removeRule(rule);
    return {};
  },
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
  PutTargets: async (place, input) => {
    const rule = findRule(place, input, 'Rule');
    const added: RuleTarget[] = [];
    for (const target of records(input, 'Targets')) added.push(await targetIn(place, rule, target));
    setTargets(place, rule, [
      ...without(
        rule,
        added.map(({ id }) => id),
      ),
      ...added,
    ]);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  RemoveTargets: (place, input) => {
    const rule = findRule(place, input, 'Rule');
    setTargets(place, rule, without(rule, texts(input, 'Ids')));
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
};

const isSame = (rule: Rule, { region, busName, name }: Pick<Rule, 'region' | 'busName' | 'name'>): boolean =>
  rule.region === region && rule.busName === busName && rule.name === name;

const patternIn = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: Invalid JSON.');
  }
};

/** A bus as a target, whose policies are checked now. The stack's runner connects the other kinds. */
const targetIn = async ({ toBus }: RulePlace, rule: Rule, target: Input): Promise<RuleTarget> => {
  const id = text(target, 'Id');
  const arn = text(target, 'Arn');
  // A target of the same id and ARN keeps its role if the call names none.
  const kept = rule.targets.find((one) => one.id === id && one.arn === arn)?.roleArn;
  const roleArn = text(target, 'RoleArn') || kept;
  if (!arn.includes(':event-bus/'))
    throw new AwsError('ValidationException', `The stand-in does not know the target ${arn} here.`);
  if (roleArn === undefined)
    throw new AwsError('ValidationException', `RoleArn is required for target ${arn}.`);
  if (['Input', 'InputPath', 'InputTransformer'].some((field) => target[field] !== undefined))
    throw new AwsError('ValidationException', `Input is not supported for the event bus ${arn}.`);
  return toBus({ id, arn, roleArn });
};

const without = ({ targets }: Rule, ids: readonly string[]): readonly RuleTarget[] =>
  targets.filter(({ id }) => !ids.includes(id));

const setTargets = ({ bus }: RulePlace, rule: Rule, targets: readonly RuleTarget[]): void =>
  void bus.addRule({ ...rule, targets });
