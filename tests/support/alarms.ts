import { type Fields, fields, items, resourcesOf, type Template } from '../../local/stack/template.ts';
import { type Cloud, timeScale } from './cloud.ts';

export interface Alarm {
  readonly name: string;
  /** The metric, or the metrics that the alarm sums up; none if it uses a metrics query. */
  readonly metrics: readonly string[];
  readonly query?: Query;
  readonly properties: Fields;
}

/** The only form of a Metrics Insights query that our alarms use: one series for each AWS account. */
interface Query {
  readonly metric: string;
  readonly service: string;
}

/** One measurement of one metric, with everything that an alarm uses to name it. */
interface Point {
  readonly metric: string;
  readonly value: number;
}

/** Namespace, name and dimensions in one text: an alarm that misspells any of them sees nothing. */
const metricOf = (namespace: unknown, name: unknown, dimensions: readonly (readonly [unknown, unknown])[]) =>
  JSON.stringify([
    namespace,
    name,
    dimensions.map(([key, value]) => `${String(key)}=${String(value)}`).toSorted(),
  ]);

const metricIn = (properties: Fields): string =>
  metricOf(
    properties['Namespace'],
    properties['MetricName'],
    items(properties['Dimensions']).map((one) => [fields(one)['Name'], fields(one)['Value']] as const),
  );

const queryIn = (properties: Fields): Query | undefined => {
  const [first, ...more] = items(properties['Metrics'] ?? []).map(fields);
  const text = String(first?.['Expression']);
  if (!text.startsWith('SELECT ')) return undefined;
  const [, metric, service] =
    /^SELECT MAX\((\w+)\) FROM SCHEMA\(rolebridge, awsAccount, service\) WHERE service = '([\w-]+)' GROUP BY awsAccount ORDER BY MAX\(\) DESC$/.exec(
      text,
    ) ?? [];
  if (metric === undefined || service === undefined || more.length > 0)
    throw new Error(`not known here: ${text}`);
  return { metric, service };
};

const metricsIn = (properties: Fields): readonly string[] => {
  if (properties['Metrics'] === undefined) return [metricIn(properties)];
  const [expression, ...added] = items(properties['Metrics']).map(fields);
  if (expression?.['Expression'] !== 'SUM(METRICS())')
    throw new Error(`not known here: ${JSON.stringify(expression)}`);
  return added.map(({ MetricStat }) => metricIn(fields(fields(MetricStat)['Metric'])));
};

/** The alarms of the packaged template. */
export const alarmsOf = (template: Template): readonly Alarm[] =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => {
    const query = queryIn(properties);
    return {
      name: String(properties['AlarmName']),
      metrics: query === undefined ? metricsIn(properties) : [],
      ...(query === undefined ? {} : { query }),
      properties,
    };
  });

interface EmbeddedMetrics {
  readonly [field: string]: unknown;
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

const isEmbedded = (value: unknown): value is EmbeddedMetrics => Object.hasOwn(Object(value), '_aws');

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** The metrics that CloudWatch would extract from the functions' log lines. */
const embedded = (lines: readonly string[]): readonly Point[] =>
  lines.map(parsed).flatMap((line) =>
    isEmbedded(line)
      ? line['_aws'].CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
          Dimensions.flatMap((names) =>
            Metrics.flatMap(({ Name }) =>
              [line[Name]].flat().map((value) => ({
                metric: metricOf(
                  Namespace,
                  Name,
                  names.map((name) => [name, line[name]] as const),
                ),
                value: Number(value),
              })),
            ),
          ),
        )
      : [],
  );

/** Metrics of our own namespace, for this stage. */
export const metricNames = ({ stack }: Cloud): readonly string[] => {
  const names = embedded(stack.logs).map(({ metric }) => JSON.parse(metric) as readonly unknown[]);
  const dimensions = JSON.stringify(['service=rolebridge-prod']);
  return [
    ...new Set(
      names
        .filter(([namespace, , one]) => namespace === 'rolebridge' && JSON.stringify(one) === dimensions)
        .map(([, name]) => String(name)),
    ),
  ];
};

const ofQueues = ({ stack: { queue, deadLetterQueue } }: Cloud): readonly Point[] =>
  [queue, deadLetterQueue].flatMap(({ options, counts, messages }) => {
    const dimensions = [['QueueName', options.name]] as const;
    const ages = messages.map(({ sentAt }) => (Date.now() - sentAt.getTime()) / 1000 / timeScale);
    return [
      {
        metric: metricOf('AWS/SQS', 'ApproximateNumberOfMessagesVisible', dimensions),
        value: counts().visible,
      },
      {
        metric: metricOf('AWS/SQS', 'ApproximateAgeOfOldestMessage', dimensions),
        value: Math.max(0, ...ages),
      },
    ];
  });

const ofFunctions = ({ aws, stack }: Cloud): readonly Point[] =>
  aws.lambda.functions.flatMap(({ name }) => {
    const key = name.split('-').at(-1);
    const dimensions = [['FunctionName', name]] as const;
    return [
      { metric: metricOf('AWS/Lambda', 'Errors', dimensions), value: stack.failures(key) },
      { metric: metricOf('AWS/Lambda', 'Throttles', dimensions), value: stack.throttles(key) },
    ];
  });

const ofRules = ({ stack }: Cloud): readonly Point[] =>
  stack.failedDeliveries.map(({ rule, metric }) => ({
    metric: metricOf('AWS/Events', metric, [['RuleName', rule]]),
    value: 1,
  }));

const compared: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};
const statistics: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((total, value) => total + value, 0),
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
};

const isBreaching = (properties: Fields, values: readonly number[]): boolean => {
  const { Statistic, ComparisonOperator, Threshold, TreatMissingData } = properties;
  if (values.length === 0) return TreatMissingData === 'breaching';
  const statistic = statistics[Statistic === undefined ? 'Sum' : String(Statistic)];
  const isOver = compared[String(ComparisonOperator)];
  if (statistic === undefined || isOver === undefined)
    throw new Error(`not known here: ${String(Statistic)} ${String(ComparisonOperator)}`);
  return isOver(statistic(values), Number(Threshold));
};

/**
 * The AWS accounts that each alarm names. Each number is the first line of a period; the last one is the latest. An
 * account is a series of its own:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
 */
export const namedAccounts = (
  { stack }: Cloud,
  ...starts: readonly number[]
): Readonly<Record<string, readonly string[]>> => {
  const periods = starts.map((start, index) => embedded(stack.logs.slice(start, starts[index + 1])));
  return Object.fromEntries(
    alarmsOf(stack.template).flatMap(({ name, query, properties }) =>
      query === undefined
        ? []
        : [[name.replace('rolebridge-prod-', ''), breachingAccounts(query, properties, periods)]],
    ),
  );
};

const breachingAccounts = (
  query: Query,
  properties: Fields,
  periods: readonly (readonly Point[])[],
): readonly string[] => {
  const count = Number(properties['EvaluationPeriods']);
  const datapoints = periods.slice(-count).flatMap((points) => breachingIn(query, properties, points));
  return [...new Set(datapoints)]
    .filter(
      (id) =>
        datapoints.filter((one) => one === id).length >= Number(properties['DatapointsToAlarm'] ?? count),
    )
    .toSorted();
};

/** The accounts above the threshold within one period. */
const breachingIn = ({ metric, service }: Query, properties: Fields, points: readonly Point[]) => {
  const own = points.flatMap(({ metric: text, value }) => {
    const [namespace, name, dimensions] = JSON.parse(text) as readonly [string, string, readonly string[]];
    const [account, of, ...more] = dimensions;
    const [, id] = /^awsAccount=(\d{12})$/.exec(account ?? '') ?? [];
    return id !== undefined &&
      namespace === 'rolebridge' &&
      name === metric &&
      of === `service=${service}` &&
      more.length === 0
      ? [{ id, value }]
      : [];
  });
  return [...Map.groupBy(own, ({ id }) => id)].flatMap(([id, values]) =>
    isBreaching(
      { ...properties, Statistic: 'Maximum' },
      values.map(({ value }) => value),
    )
      ? [id]
      : [],
  );
};

/**
 * Names of the alarms whose threshold is crossed by log lines from a given line on, and by the current state of
 * queues and functions. Alarms that name accounts are left out: see `namedAccounts`.
 */
export const breaching = (cloud: Cloud, fromLine = 0): readonly string[] => {
  const points = [
    ...embedded(cloud.stack.logs.slice(fromLine)),
    ...ofQueues(cloud),
    ...ofFunctions(cloud),
    ...ofRules(cloud),
  ];
  return alarmsOf(cloud.stack.template)
    .filter(
      ({ query, metrics, properties }) =>
        query === undefined &&
        isBreaching(
          properties,
          points.filter(({ metric }) => metrics.includes(metric)).map(({ value }) => value),
        ),
    )
    .map(({ name }) => name.replace('rolebridge-prod-', ''));
};
