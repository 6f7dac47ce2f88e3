import { AwsError, type Input, integer, text } from './call.ts';
import type { Rule, RuleState } from './event-bus.ts';
import { pageOf } from './pages.ts';

type RuleAction = (place: Place, input: Input) => unknown;

interface Place {
  readonly rules: readonly Rule[];
  readonly region: string;
  readonly accountId: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export const ruleActions: Readonly<Record<string, RuleAction>> = {
  DescribeRule: (place, input) => ({
    ...described(find(place, input, 'Name'), place),
    CreatedBy: place.accountId,
  }),
  ListRules: (place, input) => {
    checkBus(input);
    const prefix = text(input, 'NamePrefix');
    const sorted = here(place).filter(({ name }) => name.startsWith(prefix));
    const { items, rest } = page(sorted, ({ name }) => name, input);
    return { Rules: items.map((rule) => described(rule, place)), ...rest };
  },
  ListTargetsByRule: (place, input) => {
    const sorted = find(place, input, 'Rule').targets.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { items, rest } = page(sorted, ({ id }) => id, input);
    const Targets = items.map(({ id, arn, input: constant }) => ({
      Id: id,
      Arn: arn,
      ...(constant === undefined ? {} : { Input: constant }),
    }));
    return { Targets, ...rest };
  },
  DisableRule: (place, input) => setState(place, input, 'DISABLED'),
  EnableRule: (place, input) => setState(place, input, 'ENABLED'),
};

const described = ({ name, description, pattern, schedule, state }: Rule, { region, accountId }: Place) => ({
  Name: name,
  Arn: `arn:aws:events:${region}:${accountId}:rule/${name}`,
  ...(pattern === undefined ? {} : { EventPattern: JSON.stringify(pattern) }),
  ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
  State: state,
  ...(description === undefined ? {} : { Description: description }),
  EventBusName: 'default',
});

const find = (place: Place, input: Input, field: 'Name' | 'Rule'): Rule => {
  checkBus(input);
  const name = text(input, field);
  const found = here(place).find((rule) => rule.name === name);
  if (found === undefined) throw missing(`Rule ${name} does not exist on EventBus default.`);
  return found;
};

const checkBus = (input: Input): void => {
  const bus = text(input, 'EventBusName');
  if (bus !== '' && !/(^|:event-bus\/)default$/.test(bus))
    throw missing(`Event bus ${bus.split('/').at(-1) ?? ''} does not exist.`);
};

const missing = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

/** The region's rules, sorted by name. */
const here = ({ rules, region }: Place): readonly Rule[] =>
  rules.filter((rule) => rule.region === region).toSorted((a, b) => (a.name < b.name ? -1 : 1));

const page = <T>(sorted: readonly T[], keyOf: (item: T) => string, input: Input) => {
  const size = integer(input, 'Limit', { least: 1, most: 100, otherwise: 100 });
  const { items, next } = pageOf(sorted, keyOf, { marker: text(input, 'NextToken'), size });
  return { items, rest: next === undefined ? {} : { NextToken: next } };
};

const setState = (place: Place, input: Input, state: RuleState): unknown => {
  find(place, input, 'Name').state = state;
  return {};
};
