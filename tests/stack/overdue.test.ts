import { overdue } from '../../stack/overdue.ts';

const day = 86_400;

describe('the alarm on a missing sweep watches', () => {
  it.each([
    ['rate(1 minute)', 60, 2],
    ['rate(30 minutes)', 1800, 2],
    ['rate(1 hour)', 3600, 2],
    ['rate(90 minutes)', 5400, 2],
    ['rate(1 day)', day, 2],
    ['rate(36 hours)', day, 3],
    ['rate(3 days)', day, 6],
    ['rate(5 days)', day, 7],
    ['cron(0 6 * * ? *)', day, 2],
    ['cron(0/15 8-17 ? * * *)', day, 2],
    ['cron(0/15 8-17 ? * MON-FRI *)', day, 7],
  ])('%s for %d s, %d times', (schedule, Period, EvaluationPeriods) => {
    expect(overdue(schedule)).toEqual({ Period, EvaluationPeriods });
  });

  it.each([
    'rate(7 days)',
    'rate(30 days)',
    'cron(0 12 L * ? *)',
    'cron(0 6 * 1 ? *)',
    'cron(0 6 * * ? 2026)',
  ])('not %s: CloudWatch covers at most seven days', (schedule) => expect(overdue(schedule)).toBeUndefined());

  it('within the limits of CloudWatch, at any rate', () => {
    for (const [unit, most] of [
      ['minutes', 20_000],
      ['hours', 400],
      ['days', 20],
    ] as const)
      for (let amount = 2; amount <= most; amount += 1) {
        const { Period = 0, EvaluationPeriods = 0 } = overdue(`rate(${amount} ${unit})`) ?? {};
        expect(Period % 60).toBe(0);
        expect(Period * EvaluationPeriods).toBeLessThanOrEqual((Period < 3600 ? 1 : 7) * day);
      }
  });
});
