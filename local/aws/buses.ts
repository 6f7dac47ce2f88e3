import { AwsError, isRecord } from './call.ts';

/** An event bus: a region's default one, or a custom one. */
export interface LocalBus {
  readonly name: string;
  readonly region: string;
  readonly arn: string;
  readonly description: string;
  readonly createdAt: Date;
  /** The resource policy in JSON, which decides for callers of other accounts. @default none: it admits no other account */
  policy: string | undefined;
}

export interface NewBus {
  readonly name: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  readonly description?: string;
}

/** The event buses of one account. Every region has a default bus. */
export interface Buses {
  /** @throws AwsError ResourceAlreadyExistsException */
  readonly create: (bus: NewBus) => LocalBus;
  /** A bus by its name in a region, or by its ARN. */
  readonly find: (nameOrArn: string, region?: string) => LocalBus | undefined;
  /** @throws AwsError ResourceNotFoundException */
  readonly get: (nameOrArn: string, region?: string) => LocalBus;
  readonly remove: (bus: LocalBus) => void;
  /** Sorted by name. */
  readonly inRegion: (region: string) => readonly LocalBus[];
}

export interface BusesOptions {
  readonly accountId: string;
  readonly now: () => Date;
}

export const createBuses = ({ accountId, now }: BusesOptions): Buses => {
  const buses = new Map<string, LocalBus>();
  const arnOf = (name: string, region: string): string =>
    `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
  const add = ({ name, region = 'us-east-1', description = '' }: NewBus): LocalBus => {
    const arn = arnOf(name, region);
    const bus: LocalBus = { name, region, arn, description, createdAt: now(), policy: undefined };
    buses.set(arn, bus);
    return bus;
  };
  const find: Buses['find'] = (nameOrArn, region = 'us-east-1') => {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : arnOf(nameOrArn || defaultBus, region);
    const [, , , arnRegion = '', owner, resource = ''] = arn.split(':');
    if (resource === `event-bus/${defaultBus}` && owner === accountId)
      return buses.get(arn) ?? add({ name: defaultBus, region: arnRegion });
    return buses.get(arn);
  };
  return {
    create: (bus) => {
      if (find(bus.name, bus.region) !== undefined)
        throw new AwsError('ResourceAlreadyExistsException', `Event bus ${bus.name} already exists.`);
      return add(bus);
    },
    find,
    get: (nameOrArn, region) => {
      const bus = find(nameOrArn, region);
      if (bus === undefined)
        throw new AwsError('ResourceNotFoundException', `Event bus ${busNameOf(nameOrArn)} does not exist.`);
      return bus;
    },
    remove: ({ arn }) => void buses.delete(arn),
    inRegion: (region) => {
      find(defaultBus, region);
      return [...buses.values()]
        .filter((bus) => bus.region === region)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
};

export const defaultBus = 'default';

/** The name in a name or an ARN. */
export const busNameOf = (nameOrArn: string): string => nameOrArn.split('event-bus/').at(-1) || defaultBus;

/** Puts a statement into a bus's policy, in place of the one with the same Sid. */
export const putStatement = (bus: LocalBus, statementId: string, statement: object): void => {
  const others = statementsOf(bus).filter(({ Sid }) => Sid !== statementId);
  setStatements(bus, [...others, { Sid: statementId, ...statement }]);
};

/** @throws AwsError ResourceNotFoundException */
export const removeStatement = (bus: LocalBus, statementId: string): void => {
  const statements = statementsOf(bus);
  const others = statements.filter(({ Sid }) => Sid !== statementId);
  if (others.length === statements.length)
    throw new AwsError('ResourceNotFoundException', `Statement with the provided id does not exist.`);
  setStatements(bus, others);
};

interface Statement {
  readonly Sid?: unknown;
}

const statementsOf = ({ policy }: LocalBus): readonly Statement[] => {
  const document: unknown = policy === undefined ? {} : JSON.parse(policy);
  const statements = isRecord(document) ? document['Statement'] : [];
  return (Array.isArray(statements) ? statements : [statements]).filter(isRecord);
};

const setStatements = (bus: LocalBus, Statement: readonly Statement[]): void =>
  setPolicy(bus, Statement.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement }));

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html */
const maxPolicyBytes = 10_240;

/** @throws AwsError PolicyLengthExceededException */
export const setPolicy = (bus: LocalBus, policy: string | undefined): void => {
  if (policy !== undefined && Buffer.byteLength(policy) > maxPolicyBytes)
    throw new AwsError(
      'PolicyLengthExceededException',
      `The resource policy is longer than ${maxPolicyBytes} bytes.`,
    );
  bus.policy = policy;
};
