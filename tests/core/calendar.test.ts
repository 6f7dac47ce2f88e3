import { isRealDay } from '../../shared/core/calendar.ts';
import { endOf, hasEnded } from '../../shared/core/iam-policy.ts';

describe('isRealDay', () => {
  it.each(['2026-02-28', '2028-02-29', '2026-12-31', '9999-12-31'])('has %s', (day) => {
    expect(isRealDay(day)).toBe(true);
  });

  it.each([
    '2026-02-29',
    '2026-02-30',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '',
  ])('does not have %j', (day) => {
    expect(isRealDay(day)).toBe(false);
  });
});

describe('a condition with a moment that Google does not accept', () => {
  const until = (moment: string) => ({
    title: 'rolebridge-until',
    expression: `request.time < timestamp("${moment}")`,
  });

  it.each(['2026-02-30T00:00:00Z', '2026-02-30T00:00:00+02:00'])('%s has no end', (moment) => {
    expect(endOf(until(moment))).toBeUndefined();
  });

  it('has no end after the year 9999, which has five digits', () => {
    expect(endOf(until('9999-12-31T23:59:59Z'))).toBe('9999-12-31T23:59:59Z');
    expect(endOf(until('9999-12-31T23:59:59-01:00'))).toBeUndefined();
  });

  it('does not count as ended, so the binding is removed', () => {
    const later = new Date('2026-03-03T00:00:00Z');
    expect(hasEnded(until('2026-02-28T00:00:00Z'), later)).toBe(true);
    expect(hasEnded(until('2026-02-30T00:00:00Z'), later)).toBe(false);
  });
});
