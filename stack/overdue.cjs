/**
 * How long a sweep may be missing before that is an alarm: two periods of its schedule. CloudWatch looks back seven days
 * at most, and one day where a period is shorter than an hour:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const day = 86_400;
const secondsOf = { minute: 60, hour: 3600, day };

const ofRate = (seconds) => {
  if (seconds <= day) return { Period: seconds, EvaluationPeriods: 2 };
  const days = Math.ceil((2 * seconds) / day);
  // Without any slack over one period, an alarm would ring between two sweeps that are in time.
  return seconds < 7 * day ? { Period: day, EvaluationPeriods: Math.min(7, days) } : undefined;
};

/** Days without a sweep that a cron expression can have are not worked out: every day, some days of the week, or unknown. */
const ofCron = (fields) => {
  const [, , dayOfMonth, month, dayOfWeek, year = '*'] = fields;
  const isAny = (field) => field === '*' || field === '?';
  if (![dayOfMonth, month, year].every(isAny)) return undefined;
  // One day of the week in a month: `6L`, `2#1`.
  if (/[#L]/i.test(dayOfWeek)) return undefined;
  return { Period: day, EvaluationPeriods: isAny(dayOfWeek) ? 2 : 7 };
};

/** Period and EvaluationPeriods of the alarm; undefined where the schedule is too seldom to be watched. */
module.exports = function overdue(schedule) {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (unit !== undefined) return ofRate(Number(amount) * secondsOf[unit]);
  return ofCron(schedule.slice('cron('.length, -1).split(' '));
};
