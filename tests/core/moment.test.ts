import { durationMilliseconds } from '../../shared/core/duration.ts';
import { parseMoment, parseStart } from '../../shared/core/moment.ts';
import { now } from '../support/settings.ts';

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  [' 12h ', 43_200_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('the duration %j is %d ms', (text, expected) => {
  expect(durationMilliseconds(text)).toBe(expected);
});

it.each(['', '10', 'm', '0m', '-1m', '1.5h', '1y', '10 m', '9999999w', '1m2s'])(
  '%j is not a duration',
  (text) => {
    expect(durationMilliseconds(text)).toBeUndefined();
  },
);

it.each([
  ['7d', '2026-11-17T12:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T09:30Z', '2026-11-01T09:30:00.000Z'],
  ['2026-11-01T09:30:15.5+02:00', '2026-11-01T07:30:15.500Z'],
])('the moment %j is %s', (text, expected) => {
  expect(parseMoment('--since', text, now).toISOString()).toBe(expected);
});

it.each(['', 'yesterday', '2026-02-30', '2026-11-01T25:00Z', '2026-11-01T09:30', '11/24/2026', '5'])(
  '%j is not a moment',
  (text) => {
    expect(() => parseMoment('--since', text, now)).toThrow(`--since must be how long ago (90s, 30m`);
  },
);

it('a period starts now or earlier', () => {
  expect(parseStart('--since', '2026-11-24T12:00Z', now)).toEqual(now);
  for (const text of ['2026-11-24T12:00:01Z', '2027-01-01'])
    expect(() => parseStart('--since', text, now)).toThrow(`--since ${text} is in the future`);
});
