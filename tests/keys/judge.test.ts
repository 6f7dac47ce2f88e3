import fc from 'fast-check';
import { evidenceText, keyCommands } from '../../shared/keys/evidence-text.ts';
import { type AccountUse, judgeKeys, type KeyEvidence } from '../../shared/keys/judge.ts';
import type { ServiceAccountKey } from '../../shared/keys/key.ts';
import { timeOf } from '../../shared/keys/time.ts';
import { type RawActivity, type Use, useOf } from '../../shared/keys/use.ts';
import { now, reader } from '../support/settings.ts';

const from = '2025-11-23T07:00:00Z';
const until = '2026-11-23T07:00:00Z';
const day = (date: string): string => `${date}T07:00:00Z`;
const seen = (date: string): Use => ({ kind: 'seen', at: day(date), from, until });
const notSeen: Use = { kind: 'notSeen', from, until };
const noData: Use = { kind: 'noData', reason: 'Policy Analyzer has no record of it.' };
const grantedSince = '2026-06-01T12:00:00.000Z';
const granted = (use: Use): AccountUse => ({ grantedSince, use });

const key: ServiceAccountKey = {
  id: 'a1b2',
  createdAt: '2024-01-02T03:04:05Z',
  neverExpires: true,
  isDisabled: false,
  alerts: [],
};
const judgeOne = (account: AccountUse, use: Use, changes: Partial<ServiceAccountKey> = {}): KeyEvidence => {
  const [judged] = judgeKeys(account, [{ key: { ...key, ...changes }, use }], { now, idleDays: 90 });
  if (judged === undefined) throw new Error('there is no key');
  return judged;
};

const cases: readonly (readonly [
  name: string,
  account: AccountUse,
  use: Use,
  state: KeyEvidence['state'],
  evidence: RegExp,
])[] = [
  [
    'unused, and the account is used otherwise',
    granted(seen('2026-11-22')),
    notSeen,
    'replaced',
    /Not used from 2025-11-23 to 2026-11-23, .* may have replaced this key\. Google does not report which role/,
  ],
  [
    'unused, and so is the account',
    granted(notSeen),
    notSeen,
    'idle',
    /Nothing shows that federated access replaced it: its service account has not authenticated/,
  ],
  [
    'unused, and the account has no data',
    granted(noData),
    notSeen,
    'idle',
    /last authenticated is not known/,
  ],
  [
    'used yesterday',
    granted(seen('2026-11-22')),
    seen('2026-11-22'),
    'used',
    /Last used on 2026-11-22, 1 day before/,
  ],
  [
    'used before the grant, and the account since',
    granted(seen('2026-11-22')),
    seen('2026-05-01'),
    'replaced',
    /Last used on 2026-05-01, before the first grant, 206 days before .* \(on 2026-11-22\)/,
  ],
  [
    'used before the grant, and nothing since',
    granted(seen('2026-05-01')),
    seen('2026-05-01'),
    'idle',
    /last authenticated on 2026-05-01, perhaps with one of its keys or before the first grant/,
  ],
  [
    'used on the day of the grant, which counts as after it',
    granted(seen('2026-11-22')),
    seen('2026-06-01'),
    'replaced',
    /Last used on 2026-06-01, 175 days/,
  ],
  ['used 89 days ago', granted(seen('2026-11-22')), seen('2026-08-26'), 'used', /89 days/],
  ['used 90 days ago', granted(seen('2026-11-22')), seen('2026-08-25'), 'replaced', /90 days/],
  [
    'idle without a grant',
    { use: seen('2026-11-22') },
    notSeen,
    'idle',
    /No role has a grant that could replace it/,
  ],
  ['no data', granted(seen('2026-11-22')), noData, 'noData', /no record/],
  ['no API', granted(seen('2026-11-22')), { kind: 'notEnabled', reason: 'r' }, 'unread', /could not be read/],
  [
    'no permission',
    granted(seen('2026-11-22')),
    { kind: 'notPermitted', reason: 'r' },
    'unread',
    /could not be read/,
  ],
];

it.each(cases)('%s', (_, account, use, state, evidence) => {
  const judged = judgeOne(account, use);
  expect(judged.state).toBe(state);
  expect(evidenceText(account, judged)).toMatch(evidence);
});

const account = granted(seen('2026-11-22'));

it('with an incomplete ledger, nothing is reported about the first grant, or about the absence of grants', () => {
  const isLedgerIncomplete = true;
  const before = judgeOne(account, seen('2026-05-01'));
  expect(evidenceText(account, before)).toMatch(/before the first grant, 206 days/);
  expect(evidenceText({ ...account, isLedgerIncomplete }, before)).not.toMatch(/before the first grant, /);
  const without = { use: seen('2026-11-22'), isLedgerIncomplete } as const;
  expect(evidenceText(without, judgeOne(without, notSeen))).toMatch(
    /Whether a role has a grant that could replace it is not known: the ledger is incomplete\.$/,
  );
});

it('a key that no one can use is not judged by its use', () => {
  expect(judgeOne(account, notSeen, { isDisabled: true }).state).toBe('disabled');
  expect(judgeOne(account, seen('2026-11-22'), { expiresAt: '2026-11-24T12:00:00Z' }).state).toBe('expired');
  expect(judgeOne(account, seen('2026-11-22'), { expiresAt: '2026-11-24T12:00:01Z' }).state).toBe('used');
  expect(evidenceText(account, judgeOne(account, notSeen, { expiresAt: day('2026-01-01') }))).toMatch(
    /^It expired on 2026-01-01\. Not used/,
  );
});

it('a leaked key is due even if it is in use, and is never enabled again', () => {
  const leaked = judgeOne(account, seen('2026-11-22'), { alerts: ['exposed', 'unknown'] });
  expect(leaked.state).toBe('leaked');
  expect(evidenceText(account, leaked)).toMatch(
    /^Google found its private half in public\. Google reports an alert .* does not know\. Last used/,
  );
  const commands = [leaked, judgeOne(account, notSeen, { isDisabled: true, alerts: ['compromised'] })].map(
    (one) => keyCommands(reader, one).map(({ command }) => command.split(' ')[4]),
  );
  expect(commands).toEqual([['disable', 'delete'], ['delete']]);
});

it('a key that was observed for less than the idle days is not idle', () => {
  const young = judgeOne(account, notSeen, { createdAt: '2026-10-01T00:00:00Z' });
  expect(young).toMatchObject({ state: 'tooEarly', idleDays: 53 });
  expect(evidenceText(account, young)).toMatch(/Of that time, it existed for 53 days\./);
  const old = judgeOne(account, notSeen, { createdAt: '2020-10-01T00:00:00Z' });
  expect(evidenceText(account, old)).toMatch(/as far as Google has seen\. It existed for all of that time\./);
  expect(judgeOne(account, notSeen, { createdAt: '2027-10-01T00:00:00Z' })).toMatchObject({
    state: 'tooEarly',
    idleDays: 0,
  });
});

it('without its time of creation, a key without use proves nothing', () => {
  const { createdAt: _, ...rest } = key;
  const [judged] = judgeKeys(account, [{ key: rest, use: notSeen }], { now, idleDays: 90 });
  expect(judged).toMatchObject({ state: 'noData' });
  expect(judged && evidenceText(account, judged)).toMatch(/^When it was created is not known/);
});

it('a last use before the key was created proves nothing, and is not a sign of other use', () => {
  const created = { createdAt: '2026-05-02T07:00:01Z' };
  const odd = judgeOne(account, seen('2026-05-01'), created);
  expect(odd).toMatchObject({ state: 'noData', use: { kind: 'noData' } });
  expect(odd).not.toHaveProperty('idleDays');
  expect(evidenceText(account, odd)).toBe(
    'Policy Analyzer names a last use (2026-05-01) before the creation of the key (2026-05-02).',
  );
  expect(keyCommands(reader, odd)).toEqual([]);
  const states = judgeKeys(
    account,
    [
      { key, use: notSeen },
      { key: { ...key, ...created, id: 'odd' }, use: seen('2026-05-01') },
    ],
    { now, idleDays: 90 },
  ).map(({ state }) => state);
  expect(states).toEqual(['idle', 'noData']);
});

it('a use counts on the day of the creation, as Google names the beginning of that day', () => {
  expect(judgeOne(account, seen('2026-05-01'), { createdAt: '2026-05-02T06:59:59Z' }).state).toBe('replaced');
});

it('another key that may have been used instead leaves no evidence of federated access', () => {
  const states = (other: Use) =>
    judgeKeys(
      account,
      [
        { key, use: notSeen },
        { key: { ...key, id: 'other' }, use: other },
      ],
      { now, idleDays: 90 },
    ).map(({ state }) => state);
  expect(states(seen('2026-11-21'))).toEqual(['replaced', 'used']);
  expect(states(seen('2026-11-22'))).toEqual(['idle', 'used']);
  expect(states(noData)).toEqual(['idle', 'noData']);
  expect(states({ kind: 'notPermitted', reason: 'r' })).toEqual(['idle', 'unread']);
});

describe('data about keys that ends before the data about their service account', () => {
  const until20 = { from, until: day('2026-11-20') };
  const idle: Use = { kind: 'seen', at: day('2026-05-01'), ...until20 };
  const statesWith = (other: Use, createdAt: string, found = granted(seen('2026-11-22'))) =>
    judgeKeys(
      found,
      [
        { key, use: idle },
        { key: { ...key, id: 'other', createdAt }, use: other },
      ],
      { now, idleDays: 90 },
    ).map(({ state }) => state);

  it('does not show which of them was used after it ended', () => {
    const daily: Use = { kind: 'seen', at: day('2026-11-19'), ...until20 };
    expect(statesWith(daily, '2026-06-15T00:00:00Z')).toEqual(['idle', 'used']);
    const unused: Use = { kind: 'notSeen', ...until20 };
    expect(statesWith(unused, '2026-11-18T00:00:00Z')).toEqual(['idle', 'tooEarly']);
    expect(judgeOne(granted(seen('2026-11-22')), idle).state).toBe('idle');
  });

  it('shows it for a day that all of it covers', () => {
    const daily: Use = { kind: 'seen', at: day('2026-11-18'), ...until20 };
    const on = (date: string) => statesWith(daily, '2026-06-15T00:00:00Z', granted(seen(date)));
    expect(on('2026-11-19')).toEqual(['replaced', 'used']);
    expect(on('2026-11-20')).toEqual(['idle', 'used']);
  });

  it('shows it where the data about the service account ends with that day, too', () => {
    const found = granted({ kind: 'seen', at: day('2026-11-20'), ...until20 });
    expect(judgeOne(found, idle).state).toBe('replaced');
  });
});

it('no matter which data is late, a key is only replaced if something else was used on the last day of its account', () => {
  const dayAt = (index: number): string => new Date(Date.UTC(2026, 10, 10 + index, 7)).toISOString();
  const usedOn = fc.subarray([-200, 5, 6, 7, 8, 9, 10, 11, 12]);
  const observed = (used: readonly number[], end: number): Use => {
    const last = Math.max(...used.filter((index) => index < end));
    const period = { from, until: dayAt(end) };
    return last === Number.NEGATIVE_INFINITY
      ? { kind: 'notSeen', ...period }
      : { kind: 'seen', at: dayAt(last), ...period };
  };
  const end = fc.integer({ min: 7, max: 13 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ used: usedOn, end }), { minLength: 1, maxLength: 3 }),
      usedOn,
      end,
      (keys, federated, accountEnd) => {
        const use = observed([...keys.flatMap(({ used }) => used), ...federated], accountEnd);
        const judged = judgeKeys(
          { grantedSince, use },
          keys.map((one, index) => ({
            key: { ...key, id: String(index) },
            use: observed(one.used, one.end),
          })),
          { now, idleDays: 90 },
        );
        if (judged.every(({ state }) => state !== 'replaced')) return;
        expect(federated.map(dayAt)).toContain('at' in use ? use.at : undefined);
      },
    ),
  );
});

it('keys are in the order of their creation', () => {
  const judged = judgeKeys(
    account,
    ['2026-02-01', '2024-02-01', '2025-02-01'].map((date) => ({
      key: { ...key, id: date, createdAt: day(date) },
      use: notSeen,
    })),
    { now, idleDays: 90 },
  );
  expect(judged.map(({ id }) => id)).toEqual(['2024-02-01', '2025-02-01', '2026-02-01']);
});

const activity = (changes: Partial<RawActivity> = {}): RawActivity => ({
  startTime: from,
  endTime: until,
  lastAuthenticatedTime: undefined,
  ...changes,
});

describe('an activity', () => {
  it('without a last use means that no use was seen; with one, it is that use', () => {
    expect(useOf([activity()], now)).toEqual(notSeen);
    expect(useOf([activity({ lastAuthenticatedTime: null })], now)).toEqual(notSeen);
    expect(useOf([activity({ lastAuthenticatedTime: day('2026-11-22') })], now)).toEqual(seen('2026-11-22'));
    // The day on which the period begins may be the last one before it.
    expect(useOf([activity({ lastAuthenticatedTime: day('2025-11-22') })], now)).toEqual(seen('2025-11-22'));
  });

  it.each<readonly [string, readonly RawActivity[], RegExp]>([
    ['none', [], /no record of it/],
    ['no period', [activity({ startTime: undefined })], /does not name the period/],
    [
      'a period that ends before it begins',
      [activity({ startTime: until, endTime: from })],
      /does not name the period/,
    ],
    [
      'a period in the future',
      [activity({ endTime: day('2026-11-27') })],
      /ends on 2026-11-27, which is in the future/,
    ],
    ['an old period', [activity({ endTime: day('2026-11-10') })], /newest data is of 2026-11-10/],
    ['a last use that is a number', [activity({ lastAuthenticatedTime: 1_700_000_000 })], /is not a time/],
    ['an empty last use', [activity({ lastAuthenticatedTime: '' })], /is not a time/],
    ['a day that does not exist', [activity({ lastAuthenticatedTime: day('2026-02-30') })], /is not a time/],
    [
      'an hour that does not exist',
      [activity({ lastAuthenticatedTime: '2026-02-03T25:00:00Z' })],
      /is not a time/,
    ],
    [
      'a last use after its period',
      [activity({ lastAuthenticatedTime: day('2030-01-01') })],
      /after the end of its data/,
    ],
    [
      'a last use in the year 1',
      [activity({ lastAuthenticatedTime: '0001-01-01T00:00:00Z' })],
      /a last use \(0001-01-01\) before the start of its data \(2025-11-23\)/,
    ],
    [
      'a last use more than a day before its period',
      [activity({ lastAuthenticatedTime: '2025-11-22T06:59:59Z' })],
      /before the start of its data/,
    ],
    [
      'a use beside a record that cannot be read',
      [activity({ lastAuthenticatedTime: day('2026-02-01') }), activity({ lastAuthenticatedTime: 17 })],
      /is not a time/,
    ],
    [
      'a use beside a record of an old period',
      [activity({ endTime: day('2026-11-10') }), activity({ lastAuthenticatedTime: day('2026-02-01') })],
      /newest data is of 2026-11-10/,
    ],
    ['two records without a use', [activity(), activity()], /several records/],
  ])('%s: no data', (_, activities, reason) => {
    expect(useOf(activities, now)).toEqual({ kind: 'noData', reason: expect.stringMatching(reason) });
  });

  it('of several records with a use, the latest counts', () => {
    const times = ['2026-03-01', '2026-11-20', '2026-05-01'].map((date) =>
      activity({ lastAuthenticatedTime: day(date) }),
    );
    expect(useOf([...times, activity()], now)).toEqual(seen('2026-11-20'));
  });
});

it('for any answer of Policy Analyzer, a key is only idle after a whole period of observation', () => {
  const time = fc.oneof(
    fc
      .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    fc.constantFrom(undefined, null, '', 'soon', 0, from, until, day('2026-11-22')),
  );
  const raw = fc.record({ startTime: time, endTime: time, lastAuthenticatedTime: time });
  fc.assert(
    fc.property(
      fc.array(raw, { maxLength: 3 }),
      fc.array(raw, { maxLength: 3 }),
      time,
      (ofKey, ofAccount, created) => {
        const use = useOf(ofKey, now);
        const judged = judgeOne(
          { grantedSince, use: useOf(ofAccount, now) },
          use,
          timeOf(created) === undefined ? {} : { createdAt: String(created) },
        );
        expect(evidenceText(account, judged)).not.toBe('');
        if (judged.state !== 'idle' && judged.state !== 'replaced') return;
        expect(['seen', 'notSeen']).toContain(use.kind);
        expect(judged.idleDays).toBeGreaterThanOrEqual(90);
        // The data is recent.
        const age = now.getTime() - Date.parse('until' in use ? use.until : '');
        expect(Math.abs(age)).toBeLessThanOrEqual(7 * 86_400_000);
        // Its last use is a possible one.
        if (use.kind !== 'seen') return;
        const at = Date.parse(use.at) + 86_400_000;
        expect(at).toBeGreaterThanOrEqual(Date.parse(use.from));
        expect(at).toBeGreaterThanOrEqual(Date.parse(judged.createdAt ?? use.from));
      },
    ),
  );
});
