import { busNameOf, defaultBus } from './buses.ts';
import { AwsError, type Input, integer, text } from './call.ts';
import type { EventBus, Rule, RuleState, RuleTarget } from './event-bus.ts';
import type { BusTarget } from './forwarding.ts';
import { pageOf } from './pages.ts';

type RuleAction = (place: RulePlace, input: Input) => unknown;

export interface RulePlace {
  readonly bus: EventBus;
  readonly toBus: (target: BusTarget) => Promise<RuleTarget>;
  readonly region: string;
  readonly accountId: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export const ruleActions: Readonly<Record<string, RuleAction>> = {
  DescribeRule: (place, input) => ({
    ...described(findRule(place, input, 'Name'), place),
    CreatedBy: place.accountId,
  }),
  ListRules: (place, input) => {
    const prefix = text(input, 'NamePrefix');
    const sorted = onBus(place, input).filter(({ name }) => name.startsWith(prefix));
    const { items, rest } = page(sorted, ({ name }) => name, input);
    return { Rules: items.map((rule) => described(rule, place)), ...rest };
  },
  ListTargetsByRule: (place, input) => {
    const sorted = findRule(place, input, 'Rule').targets.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { items, rest } = page(sorted, ({ id }) => id, input);
    const Targets = items.map(({ id, arn, roleArn, input: constant }) => ({
      Id: id,
      Arn: arn,
      ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
      ...(constant === undefined ? {} : { Input: constant }),
    }));
    return { Targets, ...rest };
  },
  DisableRule: (place, input) => setState(place, input, 'DISABLED'),
  EnableRule: (place, input) => setState(place, input, 'ENABLED'),
};

/** A custom bus is a part of the ARNs of its rules. */
export const ruleArn = (
  { region, busName, name }: Pick<Rule, 'region' | 'busName' | 'name'>,
  accountId: string,
): string =>
  `arn:aws:events:${region}:${accountId}:rule/${busName === defaultBus ? '' : `${busName}/`}${name}`;

const described = (rule: Rule, { accountId }: RulePlace) => {
  const { name, description, pattern, schedule, state, busName } = rule;
  return {
    Name: name,
    Arn: ruleArn(rule, accountId),
    ...(pattern === undefined ? {} : { EventPattern: JSON.stringify(pattern) }),
    ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
    State: state,
    ...(description === undefined ? {} : { Description: description }),
    EventBusName: busName,
  };
};

/** The rule that an input names. @throws AwsError ResourceNotFoundException */
export const findRule = (place: RulePlace, input: Input, field: 'Name' | 'Rule'): Rule => {
  const name = text(input, field);
  const found = onBus(place, input).find((rule) => rule.name === name);
  if (found === undefined) {
    const bus = busNameOf(text(input, 'EventBusName'));
    throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
  }
  return found;
};

/** The rules of the bus that an input names, in its region, sorted by name. */
const onBus = ({ bus, region }: RulePlace, input: Input): readonly Rule[] => {
  const { name } = bus.buses.get(text(input, 'EventBusName'), region);
  return bus
    .rules()
    .filter((rule) => rule.busName === name && rule.region === region)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

const page = <T>(sorted: readonly T[], keyOf: (item: T) => string, input: Input) => {
  const size = integer(input, 'Limit', { least: 1, most: 100, otherwise: 100 });
  const { items, next } = pageOf(sorted, keyOf, { marker: text(input, 'NextToken'), size });
  return { items, rest: next === undefined ? {} : { NextToken: next } };
};

const setState = (place: RulePlace, input: Input, state: RuleState): unknown => {
  findRule(place, input, 'Name').state = state;
  return {};
};
