import { dayEndText } from '../../shared/core/end-text.ts';

it.each([
  ['2026-12-06T00:00:00Z', 'end of 2026-12-05 (UTC)'],
  ['2026-12-06T00:00:00.000Z', 'end of 2026-12-05 (UTC)'],
  ['2027-01-01T00:00Z', 'end of 2026-12-31 (UTC)'],
  ['2028-03-01T00:00:00Z', 'end of 2028-02-29 (UTC)'],
  ['2026-12-05T18:00:00Z', undefined],
  ['2026-12-06T00:00:01Z', undefined],
  ['2026-12-06T00:00:00+01:00', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['', undefined],
])('%s is %s', (expiresAt, text) => {
  expect(dayEndText(expiresAt)).toBe(text);
});
