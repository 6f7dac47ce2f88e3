const day = 86_400;

/** How long CloudWatch looks back, in its own spelling. */
export interface Window {
  readonly Period: number;
  readonly EvaluationPeriods: number;
}

/**
 * How long a sweep may be missing before the alarm rings: two periods of its schedule. Undefined if the schedule runs too
 * seldom to be watched: CloudWatch looks back seven days at most, and one day if a period is shorter than an hour:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export const overdue = (schedule: string): Window | undefined => {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (unit === undefined) return ofCron(schedule.slice('cron('.length, -1).split(' '));
  const seconds = { minute: 60, hour: 3600, day }[unit] ?? day;
  return ofRate(Number(amount) * seconds);
};

const ofRate = (seconds: number): Window | undefined => {
  if (seconds <= day) return { Period: seconds, EvaluationPeriods: 2 };
  const days = Math.ceil((2 * seconds) / day);
  // Without any slack over one period, the alarm would ring between two sweeps that are on time.
  return seconds < 7 * day ? { Period: day, EvaluationPeriods: Math.min(7, days) } : undefined;
};

/** The exact gaps of a cron expression are not computed: it runs every day, on some days of the week, or is not watched. */
const ofCron = (fields: readonly string[]): Window | undefined => {
  const [, , dayOfMonth = '*', month = '*', dayOfWeek = '*', year = '*'] = fields;
  const isAny = (field: string): boolean => field === '*' || field === '?';
  if (![dayOfMonth, month, year].every(isAny)) return undefined;
  // One day of the week in a month: `6L`, `2#1`.
  if (/[#L]/i.test(dayOfWeek)) return undefined;
  return { Period: day, EvaluationPeriods: isAny(dayOfWeek) ? 2 : 7 };
};
