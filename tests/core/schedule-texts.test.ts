import { scheduleError } from '../../shared/core/schedule.ts';

describe('the error of a schedule', () => {
  it('names all six fields of cron if there are more or fewer', () => {
    expect(scheduleError('cron(0 6)')).toBe(
      'cron(0 6) must have six fields with one space between them: minute, hour, day of the month, month, day of the week, year; such as cron(0 6 * * ? *)',
    );
  });

  it('quotes the wrong value, its field, and what EventBridge takes there', () => {
    expect(scheduleError('cron(0 6 1 13 ? *)')).toBe(
      'cron(0 6 1 13 ? *): "13" is not valid for the month: EventBridge takes 1 to 12 or JAN to DEC, such as 1, JAN-MAR or *',
    );
    expect(scheduleError('cron(0 6 * * ? 1969)')).toBe(
      'cron(0 6 * * ? 1969): "1969" is not valid for the year: EventBridge takes 1970 to 2199, such as 2027, 2027-2030 or *',
    );
  });

  it.each(['', 'hourly', 'rate 1 hour', 'rate(1 hour) ', 'at(2027-01-01T00:00:00)'])(
    'says what a schedule looks like: "%s"',
    (text) => {
      expect(scheduleError(text)).toBe('must be such as rate(1 hour), rate(30 minutes) or cron(0 6 * * ? *)');
    },
  );

  it.each([
    ['cron(0/15x 6 * * ? *)', '0/15x'],
    ['cron(x/15 6 * * ? *)', 'x/15'],
    ['cron(1-2/3/4 6 * * ? *)', '1-2/3/4'],
    ['cron(/5 6 * * ? *)', '/5'],
    ['cron(5- 6 * * ? *)', '5-'],
    ['cron(-5 6 * * ? *)', '-5'],
    ['cron(0x1 6 * * ? *)', '0x1'],
    ['cron(1.0 6 * * ? *)', '1.0'],
    ['cron(+5 6 * * ? *)', '+5'],
    ['cron(00005 6 * * ? *)', '00005'],
    ['cron(0 6 1/31 * ? *)', '1/31'],
    ['cron(0 6 * 1/12 ? *)', '1/12'],
    ['cron(0 6 * * ? 1970/230)', '1970/230'],
  ])('%s: "%s" is wrong', (schedule, wrong) => {
    expect(scheduleError(schedule)).toContain(`"${wrong}" is not valid`);
  });

  it.each(['cron(0 6 1/30 * ? *)', 'cron(0 6 * 1/11 ? *)', 'cron(0 6 * * ? 1970/229)'])(
    'a step may be as wide as its field: %s',
    (schedule) => {
      expect(scheduleError(schedule)).toBeUndefined();
    },
  );
});
