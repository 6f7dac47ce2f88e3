import { type Buses, type LocalBus, putStatement, removeStatement, setPolicy } from './buses.ts';
import { AwsError, type Input, integer, isRecord, text } from './call.ts';
import type { Rule } from './event-bus.ts';
import { pageOf } from './pages.ts';

export interface BusPlace {
  readonly buses: Buses;
  readonly rules: () => readonly Rule[];
  readonly region: string;
}

type BusAction = (place: BusPlace, input: Input) => unknown;

/** EventBridge's API of event buses and their policies. */
export const busActions: Readonly<Record<string, BusAction>> = {
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
  CreateEventBus: ({ buses, region }, input) => {
    const name = text(input, 'Name');
    if (!/^[\w.-]{1,256}$/.test(name))
      throw new AwsError('ValidationException', `Event bus name ${name} is not valid.`);
    const { arn } = buses.create({ name, region, description: text(input, 'Description') });
    return { EventBusArn: arn };
  },
  DescribeEventBus: ({ buses, region }, input) => shapeOf(buses.get(text(input, 'Name'), region)),
  ListEventBuses: ({ buses, region }, input) => {
    const named = buses.inRegion(region).filter(({ name }) => name.startsWith(text(input, 'NamePrefix')));
    const size = integer(input, 'Limit', { least: 1, most: 100, otherwise: 100 });
    const { items, next } = pageOf(named, ({ name }) => name, { marker: text(input, 'NextToken'), size });
    return { EventBuses: items.map(shapeOf), ...(next === undefined ? {} : { NextToken: next }) };
  },
  DeleteEventBus: ({ buses, region, rules }, input) => {
    // Succeeds if there is no such bus.
    const bus = buses.find(text(input, 'Name'), region);
    if (bus === undefined) return {};
    if (rules().some((rule) => rule.busName === bus.name && rule.region === bus.region))
      throw new AwsError('ValidationException', `Event bus ${bus.name} can't be deleted since it has rules.`);
    buses.remove(bus);
    return {};
  },
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html */
  PutPermission: ({ buses, region }, input) => {
    const bus = buses.get(text(input, 'EventBusName'), region);
    const policy = text(input, 'Policy');
    if (policy === '') putStatement(bus, text(input, 'StatementId'), statementIn(input, bus));
    else setPolicy(bus, policy);
    return {};
  },
  RemovePermission: ({ buses, region }, input) => {
    const bus = buses.get(text(input, 'EventBusName'), region);
    if (input['RemoveAllPermissions'] === true) setPolicy(bus, undefined);
    else removeStatement(bus, text(input, 'StatementId'));
    return {};
  },
};

const shapeOf = ({ name, arn, description, policy, createdAt }: LocalBus) => ({
  Name: name,
  Arn: arn,
  ...(description === '' ? {} : { Description: description }),
  ...(policy === undefined ? {} : { Policy: policy }),
  CreationTime: createdAt.getTime() / 1000,
});

/** The statement that a principal and a condition stand for. */
const statementIn = (input: Input, { arn }: LocalBus) => {
  const principal = text(input, 'Principal');
  const { Condition: condition } = input;
  return {
    Effect: 'Allow',
    Principal: principal === '*' ? '*' : { AWS: `arn:aws:iam::${principal}:root` },
    Action: text(input, 'Action') || 'events:PutEvents',
    Resource: arn,
    ...(isRecord(condition)
      ? { Condition: { [text(condition, 'Type')]: { [text(condition, 'Key')]: text(condition, 'Value') } } }
      : {}),
  };
};
