import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { maxNamedAccounts } from '../handlers/sweep-metrics.ts';
import { loadSettings } from '../shared/config/config.ts';
import { isRecord } from '../shared/core/json.ts';
import { alarms } from '../stack/alarms.ts';

/** The text of docs/cost.md with the tables that the reports and the prices give today. */
export const withCosts = (page: string): string =>
  [
    { start: '<!-- npm run cost -->', text: costTable() },
    { start: '<!-- npm run cost: extras -->', text: extrasTable() },
  ].reduce(withTable, page);

const end = '<!-- end -->';

const withTable = (
  page: string,
  { start, text }: { readonly start: string; readonly text: string },
): string => {
  const before = page.indexOf(start);
  const after = page.indexOf(end, before);
  if (before < 0 || after < before) throw new Error(`docs/cost.md lacks ${start} or ${end}.`);
  return `${page.slice(0, before)}${start}\n\n${text}\n\n${page.slice(after)}`;
};

/** The cost of a month in AWS, from counted calls (docs/reports) and AWS's public prices (aws-prices.json). */
const costTable = (): string => {
  const columns = sizes.map((roles) => costsOf(roles));
  const names = columns[0]?.map(({ name }) => name) ?? [];
  const cells = names.map((name, row) => [name, ...columns.map((costs) => dollars(costs[row]?.usd ?? 0))]);
  const totals = columns.map((costs) => dollars(costs.reduce((sum, { usd }) => sum + usd, 0)));
  return table([
    ['per month, in USD', ...sizes.map((roles) => `${roles.toLocaleString('en-US')} roles`)],
    ...cells,
    ['**total**', ...totals.map((total) => `**${total}**`)],
  ]);
};

/** The most that dimensions of metrics add in CloudWatch, no matter how many AWS accounts there are. */
const extrasTable = (): string => {
  const named = price('customMetricMonth') + price('alarmMetricMonth');
  const ofKind = price('customMetricMonth');
  return table([
    ['added per month, in USD', 'each', 'at most'],
    [
      `an AWS account that an alarm names: up to ${maxNamedAccounts}, for each of ${reasonsToName} alarms`,
      dollars(named),
      dollars(reasonsToName * maxNamedAccounts * named),
    ],
    [
      `direct access: a kind of resource, of ${resourceKinds}`,
      dollars(ofKind),
      dollars(resourceKinds * ofKind),
    ],
  ]);
};

/** Alarms that name the account: stack/account-alarms.ts. */
const reasonsToName = 2;
/** Kinds of shared/core/google-resource.ts. */
const resourceKinds = 6;

const sizes = [100, 10_000];

interface Cost {
  readonly name: string;
  readonly usd: number;
}

/** Assumptions. docs/cost.md lists them. */
const assumed = {
  hoursPerMonth: 730,
  changesPerRoleAndMonth: 1,
  /** The stand-ins answer in no time, and AWS and Google do not. */
  reconcileSeconds: 3,
  shortestSweepSeconds: 5,
  bytesPerLedgerItem: 1_000,
  logBytesPerInvocation: 5_000,
  /** Outcomes and rechecks. EventBridge counts each entry of a PutEvents call. */
  entriesPerPutEvents: 2,
  /** An idle queue: Lambda's five pollers, each with a long poll of 20 s. */
  pollsPerMinute: 15,
  logRetentionMonths: 3,
} as const;

const million = 1_000_000;
const gigabyte = 1_000_000_000;

const costsOf = (roles: number): readonly Cost[] => {
  const alarmed = alarmCounts();
  const { changes, invocations, calls } = changeReport();
  const perChange = (name: string): number => (calls.get(name) ?? 0) / changes;
  const changed = roles * assumed.changesPerRoleAndMonth;
  const reconciles = (changed * invocations) / changes;
  const sweeps = assumed.hoursPerMonth;
  const sweepSeconds = Math.max(assumed.shortestSweepSeconds, roles * secondsPerRole());
  const stored = (roles * assumed.bytesPerLedgerItem) / gigabyte;
  const logged = ((reconciles + sweeps) * assumed.logBytesPerInvocation) / gigabyte;
  const messages = changed * (perChange('sqs:SendMessageBatch') + 1) * 3; // each is sent, received and deleted
  const polls = assumed.pollsPerMinute * 60 * assumed.hoursPerMonth;
  // A read unit is 4 KB; the sweep reads the whole table twice.
  const readUnits =
    changed * (perChange('dynamodb:BatchGetItem') + perChange('dynamodb:Query')) +
    sweeps * 2 * Math.ceil((roles * assumed.bytesPerLedgerItem) / 4_000);
  return [
    {
      name: `CloudWatch: ${alarmed.alarms} alarms on ${alarmed.metrics} metrics`,
      usd: alarmed.metrics * price('alarmMetricMonth'),
    },
    {
      name: `CloudWatch: ${metricCount()} metrics of our own`,
      usd: metricCount() * price('customMetricMonth'),
    },
    { name: 'CloudWatch: dashboard', usd: price('dashboardMonth') },
    {
      name: 'CloudWatch: logs, kept for 90 days',
      usd:
        logged * price('logGigabyteIngested') +
        logged * assumed.logRetentionMonths * price('logGigabyteMonth'),
    },
    {
      name: `Lambda: ${sweeps} sweeps (1 GB)`,
      usd:
        sweeps * (sweepSeconds * price('lambdaArmGigabyteSecond') + price('lambdaMillionRequests') / million),
    },
    {
      name: 'Lambda: reconcile (0.5 GB)',
      usd:
        reconciles *
        (assumed.reconcileSeconds * 0.5 * price('lambdaArmGigabyteSecond') +
          price('lambdaMillionRequests') / million),
    },
    {
      name: 'SQS: mostly polls of the idle queue',
      usd: ((polls + messages) / million) * price('sqsMillionRequests'),
    },
    {
      name: 'EventBridge: outcomes and drift',
      usd:
        ((changed * perChange('events:PutEvents') * assumed.entriesPerPutEvents) / million) *
        price('customEventMillion'),
    },
    {
      name: 'DynamoDB: requests',
      usd:
        (readUnits / million) * price('dynamodbMillionReadUnits') +
        ((changed * perChange('dynamodb:PutItem')) / million) * price('dynamodbMillionWriteUnits'),
    },
    {
      name: 'DynamoDB: storage and point-in-time recovery',
      usd: stored * (price('dynamodbGigabyteMonth') + price('dynamodbBackupGigabyteMonth')),
    },
  ];
};

const prices = v.parse(
  v.object({ prices: v.record(v.string(), v.object({ usd: v.number(), source: v.string() })) }),
  JSON.parse(readFileSync('scripts/aws-prices.json', 'utf8')),
).prices;

const price = (name: string): number => {
  const found = prices[name];
  if (found === undefined) throw new Error(`scripts/aws-prices.json has no price ${name}.`);
  return found.usd;
};

/** The counts of `npm run bench:change`. */
const changeReport = () => {
  const text = readFileSync('docs/reports/change.txt', 'utf8');
  const [, changes = '', invocations = ''] = /^(\d+) tags, .*: (\d+) invocations/.exec(text) ?? [];
  const calls = [...text.matchAll(/^ +(\d+) {2}(\S+)$/gm)].map(
    ([, times, name]) => [String(name), Number(times)] as const,
  );
  return { changes: Number(changes), invocations: Number(invocations), calls: new Map(calls) };
};

/** Measured by `npm run bench:sweep` in its largest world. */
const secondsPerRole = (): number => {
  const text = readFileSync('docs/reports/sweep.txt', 'utf8');
  const [, roles = '', seconds = ''] = [...text.matchAll(/^(\d+) roles, .*?: ([\d.]+) s of/gm)].at(-1) ?? [];
  return Number(seconds) / Number(roles);
};

/** CloudWatch bills an alarm for each metric that it watches. One that names accounts watches none while all is well. */
const alarmCounts = () => {
  const all = Object.values(alarms(loadSettings('rolebridge.example.yml')));
  const watched = all.map(({ Properties: { Metrics } }) =>
    Array.isArray(Metrics)
      ? Metrics.filter((metric) => isRecord(metric) && 'MetricStat' in metric).length
      : 1,
  );
  return { alarms: all.length, metrics: watched.reduce((sum, count) => sum + count, 0) };
};

/** Names in the handlers, without those of the extras. Reconcile adds one for each of some types of outcome. */
const metricCount = (): number => {
  const text = ['sweep-metrics', 'reconcile']
    .map((name) => readFileSync(`handlers/${name}.ts`, 'utf8'))
    .join('\n');
  const [, types = ''] = /for \(const type of \[(.*?)\]\)/.exec(text) ?? [];
  const named = [...text.matchAll(/\bmetrics\.addMetric\(\s*'(\w+)'/g), ...types.matchAll(/'(\w+)'/g)];
  return new Set(named.map(([, name]) => name)).size;
};

const dollars = (usd: number): string => (usd > 0 && usd < 0.01 ? '< 0.01' : usd.toFixed(2));

/** As biome formats Markdown: columns padded to the widest cell. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), rule, ...rest.map(line)].join('\n');
};
