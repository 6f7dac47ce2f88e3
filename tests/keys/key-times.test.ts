import { judgeKeys } from '../../shared/keys/judge.ts';
import { keyTimes, type RawKeyTimes } from '../../shared/keys/key-times.ts';
import type { Use } from '../../shared/keys/use.ts';
import { now } from '../support/settings.ts';

const createdAt = '2024-01-02T03:04:05Z';
const expiresAt = '2025-01-01T00:00:00Z';
const raw: RawKeyTimes = {
  keyOrigin: 'GOOGLE_PROVIDED',
  validAfterTime: createdAt,
  validBeforeTime: expiresAt,
};

it.each<readonly [string, RawKeyTimes, ReturnType<typeof keyTimes>]>([
  ['both times', {}, { createdAt, expiresAt }],
  [
    "Google's time for no end",
    { validBeforeTime: '9999-12-31T23:59:59Z' },
    { createdAt, neverExpires: true },
  ],
  ['no end', { validBeforeTime: undefined }, { createdAt }],
  ['an end that is a number', { validBeforeTime: 5 }, { createdAt }],
  ['an end before 2000', { validBeforeTime: '1970-01-01T00:00:00Z' }, { createdAt }],
  ['an end before the beginning', { validBeforeTime: '2024-01-02T03:04:04Z' }, { createdAt }],
  ['an end at the beginning', { validBeforeTime: createdAt }, { createdAt }],
  [
    'an end a second later',
    { validBeforeTime: '2024-01-02T03:04:06Z' },
    { createdAt, expiresAt: '2024-01-02T03:04:06Z' },
  ],
  ['a beginning that is not a time', { validAfterTime: 'x' }, { expiresAt }],
  ['a beginning before 2000', { validAfterTime: '1970-01-01T00:00:00Z' }, { expiresAt }],
  [
    'both before 2000',
    { validAfterTime: '0001-01-01T00:00:00Z', validBeforeTime: '1970-01-01T00:00:00Z' },
    {},
  ],
  ['an uploaded key', { keyOrigin: 'USER_PROVIDED' }, { expiresAt }],
  [
    'an uploaded key that ends before it begins',
    { keyOrigin: 'USER_PROVIDED', validBeforeTime: '2023-01-01T00:00:00Z' },
    {},
  ],
])('%s', (_, changes, expected) => {
  expect(keyTimes({ ...raw, ...changes })).toEqual(expected);
});

const period = { from: '2025-11-23T07:00:00Z', until: '2026-11-23T07:00:00Z' };

it.each<readonly [string, RawKeyTimes, Use, string]>([
  [
    'an expiry in 1970 leaves a key in use',
    { validBeforeTime: '1970-01-01T00:00:00Z' },
    { kind: 'seen', at: '2026-11-22T07:00:00Z', ...period },
    'used',
  ],
  [
    'a creation in 1970 does not make a new key idle',
    { validAfterTime: '1970-01-01T00:00:00Z', validBeforeTime: undefined },
    { kind: 'notSeen', ...period },
    'noData',
  ],
])('%s', (_, changes, use, state) => {
  const key = { id: 'a1b2', isDisabled: false, alerts: [], ...keyTimes({ ...raw, ...changes }) };
  expect(judgeKeys({ use }, [{ key, use }], { now, idleDays: 90 })).toMatchObject([{ state }]);
});
