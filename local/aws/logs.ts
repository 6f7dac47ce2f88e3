import { AwsError, type Input, integer, text } from './call.ts';
import type { Clock } from './clock.ts';
import { patternTest } from './log-pattern.ts';
import { pageOf } from './pages.ts';

export interface LogEvent {
  readonly timestamp: number;
  /** Includes the line break that the function wrote. */
  readonly message: string;
  readonly stream: string;
}

export interface LogGroup {
  readonly name: string;
  readonly region: string;
  readonly createdAt: Date;
  readonly retentionDays?: number;
  readonly events: LogEvent[];
}

export interface NewLogGroup extends Pick<LogGroup, 'name' | 'retentionDays'> {
  /** @default 'us-east-1' */
  readonly region?: string;
}

/** CloudWatch Logs. */
export interface Logs {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  /** Tests remove groups, and add events of any time. */
  readonly groups: LogGroup[];
  /** Adds a group unless it exists. */
  readonly addGroup: (group: NewLogGroup) => LogGroup;
  /** Removes a group of us-east-1 with its events. */
  readonly removeGroup: (name: string) => void;
  /** Adds a line with the current time, as a function's container does. Creates the group if it is missing. */
  readonly write: (groupName: string, line: string) => void;
}

const home = 'us-east-1';

export const createLogs = (accountId: string, clock: Clock): Logs => {
  const groups: LogGroup[] = [];
  const find = (name: string, region: string): LogGroup | undefined =>
    groups.find((group) => group.name === name && group.region === region);
  const describe = (region: string, input: Input): unknown => {
    const [prefix, part] = [
      text(input, 'logGroupNamePrefix'),
      text(input, 'logGroupNamePattern').toLowerCase(),
    ];
    check(
      prefix === '' || part === '',
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    );
    const size = integer(input, 'limit', { least: 1, most: 50, otherwise: 50 }, 'InvalidParameterException');
    const sorted = groups
      .filter((group) => group.region === region)
      .filter(({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(part))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const { items, next } = pageOf(sorted, ({ name }) => name, { marker: tokenOf(input), size });
    const logGroups = items.map(({ name, createdAt, retentionDays, events }) => {
      const arn = `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
      return {
        logGroupName: name,
        creationTime: createdAt.getTime(),
        ...(retentionDays === undefined ? {} : { retentionInDays: retentionDays }),
        metricFilterCount: 0,
        arn: `${arn}:*`,
        logGroupArn: arn,
        logGroupClass: 'STANDARD',
        storedBytes: events.reduce((sum, { message }) => sum + message.length, 0),
      };
    });
    return { logGroups, ...(next === undefined ? {} : { nextToken: next }) };
  };
  const logs: Logs = {
    groups,
    addGroup: ({ region = home, ...group }) => {
      const made = find(group.name, region) ?? { ...group, region, createdAt: clock.now(), events: [] };
      if (!groups.includes(made)) groups.push(made);
      return made;
    },
    removeGroup: (name) => {
      const index = groups.findIndex((group) => group.name === name && group.region === home);
      if (index !== -1) groups.splice(index, 1);
    },
    write: (groupName, line) => {
      const at = clock.now();
      logs
        .addGroup({ name: groupName })
        .events.push({ timestamp: at.getTime(), message: `${line}\n`, stream: streamAt(at) });
    },
    perform: (action, region, input) => {
      if (action === 'DescribeLogGroups') return describe(region, input);
      if (action !== 'FilterLogEvents')
        throw new AwsError('UnknownOperationException', `The stand-in does not know logs:${action}.`);
      const group = find(logGroupIn(input), region);
      if (group === undefined)
        throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      return filterEvents(group, input);
    },
  };
  return logs;
};

const check = (isFine: boolean, message: string): void => {
  if (!isFine) throw new AwsError('InvalidParameterException', message);
};

const tokenOf = (input: Input): string => text(input, 'nextToken');

/** `2026/11/24/[$LATEST]local` */
const streamAt = (date: Date): string =>
  `${date.toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]local`;

/** The log group's name, from a name or from an identifier (a name or an ARN). */
export const logGroupIn = (input: Input): string =>
  text(input, 'logGroupName') ||
  text(input, 'logGroupIdentifier')
    .replace(/^arn:.*:log-group:/, '')
    .replace(/:\*$/, '');

/** As in AWS, a page searches as many events as it may contain, so an empty page may be followed by others. */
const filterEvents = (group: LogGroup, input: Input): unknown => {
  const bound = (field: string, otherwise: number): number =>
    integer(input, field, { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise });
  const startTime = bound('startTime', 0);
  const endTime = bound('endTime', Number.MAX_SAFE_INTEGER);
  check(startTime <= endTime, 'End time should not be before start time.');
  const size = integer(
    input,
    'limit',
    { least: 1, most: 10_000, otherwise: 10_000 },
    'InvalidParameterException',
  );
  const passes = patternTest(text(input, 'filterPattern'));
  const within = numbered(group).filter(({ timestamp }) => timestamp >= startTime && timestamp <= endTime);
  const { items, next } = pageOf(within, ({ id }) => id, { marker: tokenOf(input), size });
  const events = items
    .filter(({ message }) => passes(message))
    .map(({ id, timestamp, message, stream }) => ({
      eventId: id,
      timestamp,
      ingestionTime: timestamp,
      message,
      logStreamName: stream,
    }));
  return { events, searchedLogStreams: [], ...(next === undefined ? {} : { nextToken: next }) };
};

/** Pages continue by position, because events may have the same time. */
interface Numbered extends LogEvent {
  readonly id: string;
}

const numbered = ({ events }: LogGroup): readonly Numbered[] =>
  events
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map((event, index) => ({
      ...event,
      id: `${String(event.timestamp).padStart(20, '0')}${String(index).padStart(12, '0')}`,
    }));
