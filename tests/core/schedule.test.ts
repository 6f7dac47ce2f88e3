import fc from 'fast-check';
import { scheduleError } from '../../shared/core/schedule.ts';

describe('schedules that EventBridge accepts', () => {
  it.each([
    'rate(1 minute)',
    'rate(1 hour)',
    'rate(30 minutes)',
    'rate(366 days)',
    'cron(0 6 * * ? *)',
    'cron(*/5 * * * ? *)',
    'cron(0/15 8-17/2 ? * MON-FRI *)',
    'cron(0 9 ? * 2#1 *)',
    'cron(0 9 ? * 6L 2027-2030)',
    'cron(0 12 L * ? 2026)',
    'cron(0 12 15W JAN,JUL ? *)',
    'cron(5,35,50-59 0,12 1-7 1/3 ? 1970/2)',
    'cron(59 23 31 12 ? 2199)',
    'cron(0 0 ? * SUN,7 *)',
    'cron(0 0 ? * L *)',
    'cron(0 0 1 JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC ? *)',
    'cron(0 0 ? * SUN,MON,TUE,WED,THU,FRI,SAT *)',
  ])('%s', (schedule) => expect(scheduleError(schedule)).toBeUndefined());
});

describe('schedules that EventBridge would refuse in the middle of a deploy', () => {
  it.each([
    ['cron(61 25 * * ? *)', '"61" is not valid for the minute: EventBridge takes 0 to 59, such as'],
    ['cron(0 25 * * ? *)', '"25" is not valid for the hour: EventBridge takes 0 to 23'],
    ['cron(0 6 0 * ? *)', '"0" is not valid for the day of the month'],
    ['cron(0 6 32 * ? *)', '"32" is not valid for the day of the month'],
    ['cron(0 6 32W * ? *)', '"32W" is not valid for the day of the month'],
    ['cron(0 6 LW * ? *)', '"LW" is not valid for the day of the month'],
    ['cron(0 6 1,L * ? *)', '"1,L" is not valid for the day of the month'],
    ['cron(0 6 1 13 ? *)', '"13" is not valid for the month: EventBridge takes 1 to 12 or JAN to DEC'],
    ['cron(0 6 1 JANUARY ? *)', '"JANUARY" is not valid for the month'],
    ['cron(0 6 1 jan ? *)', '"jan" is not valid for the month'],
    ['cron(0 6 ? * 0 *)', '"0" is not valid for the day of the week: EventBridge takes 1 to 7 or SUN to SAT'],
    ['cron(0 6 ? * 8 *)', '"8" is not valid for the day of the week'],
    ['cron(0 6 ? * FRI-MON *)', '"FRI-MON" is not valid for the day of the week'],
    ['cron(0 6 ? * 2#6 *)', '"2#6" is not valid for the day of the week'],
    ['cron(0 6 ? * 3#1,6#3 *)', '"3#1,6#3" is not valid for the day of the week'],
    ['cron(0 6 ? * 2/2 *)', '"2/2" is not valid for the day of the week'],
    ['cron(0 6 * * ? 1969)', '"1969" is not valid for the year: EventBridge takes 1970 to 2199'],
    ['cron(0 6 * * ? 2200)', '"2200" is not valid for the year'],
    ['cron(0/60 6 * * ? *)', '"0/60" is not valid for the minute'],
    ['cron(0/0 6 * * ? *)', '"0/0" is not valid for the minute'],
    ['cron(30-10 6 * * ? *)', '"30-10" is not valid for the minute'],
    ['cron(1-2-3 6 * * ? *)', '"1-2-3" is not valid for the minute'],
    ['cron(1, 6 * * ? *)', '"1," is not valid for the minute'],
    ['cron(? 6 * * ? *)', '"?" is not valid for the minute'],
    ['cron(-1 6 * * ? *)', '"-1" is not valid for the minute'],
    ['cron(0 6 * * * *)', 'exactly one of the day of the month and the day of the week must be ?'],
    ['cron(0 6 ? * ? *)', 'exactly one of the day of the month and the day of the week must be ?'],
    ['cron(0 6 1 * MON *)', 'exactly one of the day of the month and the day of the week must be ?'],
    ['cron(0 6 * * ?)', 'must have six fields with one space between them'],
    ['cron(0 0 6 * * ? *)', 'must have six fields'],
    ['cron(0  6 * * ? *)', 'must have six fields'],
    ['cron()', 'must have six fields'],
    ['rate(0 minutes)', 'must be a whole number above 0'],
    ['rate(-1 hours)', 'must be a whole number above 0'],
    ['rate(1.5 hours)', 'must be a whole number above 0'],
    ['rate(2 weeks)', 'must be a whole number above 0 and minutes, hours or days'],
    ['rate(1 hours)', 'write rate(1 hour)'],
    ['rate(5 minute)', 'write rate(5 minutes)'],
    ['rate(367 days)', 'is more than 366 days'],
    ['rate(99999999999 hours)', 'is more than 366 days'],
    ['hourly', 'must be such as rate(1 hour)'],
    ['at(2027-01-01T00:00:00)', 'must be such as rate(1 hour)'],
    ['Rate(1 hour)', 'must be such as rate(1 hour)'],
    [' rate(1 hour)', 'must be such as rate(1 hour)'],
    [`cron(${'0,'.repeat(120)}0 6 * * ? *)`, 'is longer than the 256 characters'],
  ])('%s', (schedule, error) => expect(scheduleError(schedule)).toContain(error));
});

it('any list of values, ranges and steps within a field’s limits is accepted, and nothing beyond them', () => {
  const minute = fc.integer({ min: 0, max: 59 });
  const item = fc.oneof(
    minute.map(String),
    fc.tuple(minute, minute).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(minute, fc.integer({ min: 1, max: 59 })).map(([from, step]) => `${from}/${step}`),
  );
  const list = fc.array(item, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(list, fc.integer({ min: 60, max: 9999 }), fc.nat(), (items, beyond, place) => {
      const scheduled = (minutes: readonly string[]) => `cron(${minutes.join(',')} * * * ? *)`;
      expect(scheduleError(scheduled(items))).toBeUndefined();
      const wrong = items.with(place % items.length, String(beyond));
      expect(scheduleError(scheduled(wrong))).toContain('is not valid for the minute');
    }),
  );
});

describe('the error of a schedule', () => {
  it('names all six fields of cron if there are more or fewer', () => {
    expect(scheduleError('cron(0 6)')).toBe(
      'cron(0 6) must have six fields with one space between them: minute, hour, day of the month, month, day of the week, year; such as cron(0 6 * * ? *)',
    );
  });

  it('quotes the wrong value, its field, and the values that EventBridge accepts there', () => {
    expect(scheduleError('cron(0 6 1 13 ? *)')).toBe(
      'cron(0 6 1 13 ? *): "13" is not valid for the month: EventBridge takes 1 to 12 or JAN to DEC, such as 1, JAN-MAR or *',
    );
    expect(scheduleError('cron(0 6 * * ? 1969)')).toBe(
      'cron(0 6 * * ? 1969): "1969" is not valid for the year: EventBridge takes 1970 to 2199, such as 2027, 2027-2030 or *',
    );
  });

  it.each(['', 'hourly', 'rate 1 hour', 'rate(1 hour) ', 'at(2027-01-01T00:00:00)'])(
    'shows a valid schedule: "%s"',
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
    ['cron(5-- 6 * * ? *)', '5--'],
    ['cron(5,6- 6 * * ? *)', '5,6-'],
    ['cron(0 6 ? * MON- *)', 'MON-'],
    ['cron(5-/2 6 * * ? *)', '5-/2'],
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
