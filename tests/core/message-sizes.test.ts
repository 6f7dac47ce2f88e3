import fc from 'fast-check';
import { fitting, fittingText, jsonBytes, shortened } from '../../shared/core/json.ts';
import { parseMessage, type SecondLook, secondLookBody } from '../../shared/core/message.ts';
import { type OutcomeDetail, outcome } from '../../shared/core/outcome.ts';
import type { TagEvent } from '../../shared/core/role-event.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { anyText } from '../support/any-text.ts';
import { accountId, email, now, reader, reports } from '../support/settings.ts';

/** The size that EventBridge counts besides the detail: 14 bytes for the time, plus the source and the detail type. */
const around = 14 + Buffer.byteLength('rolebridge') + Buffer.byteLength('Google Access Confirmed');
const entryLimit = 256 * 1024;
const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const place = (index: number, length = 60) => ({
  region: `ap-southeast-${index}`,
  name: `/google-access/reports/${'x'.repeat(length)}${index}`,
});
const grant = (index: number) => ({
  grant: `g${index}`,
  tag: { key: `google-access/g${index}`, value: `${'ü'.repeat(200)} until 2026-12-31` },
  rule: `allow[0] to *@acme-data.iam.gserviceaccount.com`,
  target: { kind: 'serviceAccount', email: email(`account-${index}`) } as const,
  member: `principalSet://iam.googleapis.com/${'m'.repeat(200)}`,
  parameters: times(17, place),
});
const detailOf = (state: Partial<OutcomeDetail>): OutcomeDetail =>
  outcome('Confirmed', { eventId: 'e-1' }, now, { role: reports, parameters: [], ...state }).detail;

describe('invariant 9: an outcome fits into an event of 256 KB', () => {
  it('an outcome that fits is not changed', () => {
    const detail = detailOf({ grants: [grant(1)], parameters: times(17, place), reason: 'r' });
    expect(detail).not.toHaveProperty('cut');
    expect(detail).toMatchObject({ grants: [grant(1)], parameters: times(17, place), reason: 'r' });
  });

  it('Confirmed for 50 grants in 17 regions: every grant is there, without its places', () => {
    const grants = times(50, grant);
    const detail = detailOf({ grants, parameters: grants.flatMap(({ parameters }) => parameters) });
    expect(jsonBytes(detail) + around).toBeLessThan(entryLimit);
    expect(detail.cut?.toSorted()).toEqual(['grants', 'parameters']);
    expect(detail.grants?.map((one) => one.grant)).toEqual(grants.map((one) => one.grant));
    expect(detail.grants?.every(({ parameters }) => parameters.length === 0)).toBe(true);
    expect(detail.parameters.length).toBeGreaterThan(200);
  });

  it('7,000 places with long names, and a reason that names each', () => {
    const parameters = times(7_000, (index) => place(index, 900));
    const reason = parameters.map(({ name }) => `"${name}" could not be removed.`).join(' ');
    const detail = detailOf({ parameters, reason });
    expect(jsonBytes(detail) + around).toBeLessThan(entryLimit);
    expect(detail.cut?.toSorted()).toEqual(['parameters', 'reason']);
    expect(detail.parameters).toEqual(parameters.slice(0, detail.parameters.length));
    expect(detail.reason).toMatch(/x…$/);
  });

  it('a cut outcome has the id of the complete one', () => {
    const long = detailOf({ reason: 'r'.repeat(300_000) });
    expect(long.id).toBe(detailOf({ reason: 'r' }).id);
  });

  it('with any lists and texts', () => {
    const texts = fc.oneof(
      anyText,
      fc.nat(40_000).map((length) => '\u0000'.repeat(length)),
      fc.nat(90_000).map((length) => '\u{1F600}'.repeat(length)),
    );
    const many = fc.tuple(fc.nat(3_000), texts).map(([count, name]) =>
      times(Math.min(count, Math.ceil(300_000 / (name.length + 1))), (region) => ({
        region: String(region),
        name,
      })),
    );
    fc.assert(
      fc.property(many, texts, fc.nat(60), (parameters, reason, count) => {
        const grants = times(count, (index) => ({ ...grant(index), parameters: parameters.slice(0, 20) }));
        const detail = detailOf({ parameters, reason, grants });
        expect(jsonBytes(detail) + around).toBeLessThan(entryLimit);
      }),
      { numRuns: 10 },
    );
  });
});

describe('invariant 9: the events of one second that an outcome lists', () => {
  const listing = (count: number): OutcomeDetail =>
    outcome(
      'Failed',
      { eventName: 'TagRole', eventIds: times(count, (index) => `${index}`.padStart(36, '0')) },
      now,
      { role: reports, parameters: [] },
    ).detail;

  it('are the first that fit', () => {
    const { cause, cut } = listing(10_000);
    expect(jsonBytes(cause)).toBeLessThan(26_000);
    expect(cause.eventIds).toEqual(listing(10_000).cause.eventIds?.slice(0, cause.eventIds?.length));
    expect(cause.eventName).toBe('TagRole');
    expect(cut).toEqual(['cause']);
    expect(listing(10_000).id).not.toBe(listing(9_999).id);
  });

  it('are all there, if they fit', () => {
    expect(listing(100).cause.eventIds).toHaveLength(100);
    expect(listing(100)).not.toHaveProperty('cut');
  });
});

describe('invariant 9: a second look fits into a message of 1 MiB', () => {
  const event = (index: number, more: Partial<TagEvent> = {}): TagEvent => ({
    eventName: 'TagRole',
    eventId: `e-${index}`,
    eventTime: new Date(now.getTime() + index * 1000).toISOString(),
    requestedBy: `arn:aws:iam::${accountId}:user/${'a'.repeat(500)}`,
    keys: [{ key: 'google-access', value: reader }],
    ...more,
  });
  /** The largest size that IAM accepts: characters of four bytes. */
  const largest = (index: number): TagEvent =>
    event(index, {
      requestedBy: 'a'.repeat(2048),
      keys: times(50, (one) => ({
        key: `google-access/${String(one).padStart(2, '0')}${'𐐨'.repeat(112)}`,
        value: '𐐨'.repeat(256),
      })),
    });
  const look: SecondLook = {
    ref: reports,
    cause: { eventId: 'e-1' },
    reported: 't',
    deferrals: 0,
    events: [],
  };
  const sent = (more: Partial<SecondLook>) => {
    const body = secondLookBody({ ...look, ...more });
    const message = parseMessage(body, [accountId], 'google-access');
    if (message.kind !== 'secondLook') throw new Error(JSON.stringify(message));
    return { ...message, bytes: Buffer.byteLength(body), cut: (JSON.parse(body) as { cut?: string[] }).cut };
  };

  it('a second look that fits is not changed', () => {
    const released = [serviceAccountResource(reader)];
    expect(sent({ events: times(20, event), released })).toMatchObject({
      events: times(20, event).toReversed(),
      released,
    });
    expect(sent({ events: times(20, event), released }).cut).toBeUndefined();
    expect(sent({})).not.toHaveProperty('released');
  });

  it('the largest event that IAM accepts fits', () => {
    expect(sent({ events: [largest(1)] })).toMatchObject({ events: [largest(1)] });
  });

  it('7,000 released accounts, and a hundred of the largest events: the first, and the latest', () => {
    const released = times(7_000, (index) => serviceAccountResource(email(`account-${index}`)));
    const look100 = sent({ released, events: times(100, largest) });
    expect(look100.bytes).toBeLessThan(200_000);
    expect(look100.cut).toEqual(['events', 'released']);
    expect(look100.events).toEqual([largest(99)]);
    expect(look100.released?.length).toBeGreaterThan(400);
    expect(look100.released).toEqual(released.slice(0, look100.released?.length));
  });

  it('no more events than are read, and those of one second together', () => {
    const twins = [event(0), { ...event(0), eventId: 'twin' }];
    const short = (index: number) => event(index + 1, { requestedBy: 'a' });
    const both = twins.map((one) => ({ ...one, requestedBy: 'a' }));
    expect(sent({ events: [...both, ...times(98, short)] }).events).toHaveLength(100);
    const cut = sent({ events: [...both, ...times(99, short)] });
    expect(cut.events).toEqual(times(99, short).toReversed());
    expect(cut).toMatchObject({ cut: ['events'], isCut: true });
  });

  it('a cut is remembered in the looks that follow, and then the look names no caller', () => {
    const cause = { eventId: 'e-1', requestedBy: 'alice' };
    expect(sent({ events: [event(1)], isCut: true, cause })).toMatchObject({
      cut: ['events'],
      isCut: true,
      cause: { lookId: 'e-1' },
    });
    expect(sent({ events: [event(1)], cause })).not.toHaveProperty('isCut');
    expect(sent({ isCut: true, cause: { requestedBy: 'alice' } }).cause).toEqual({});
    expect(sent({ isCut: true, cause: { lookId: 'l', eventId: 'e' } }).cause).toEqual({ lookId: 'l' });
  });

  it('events of one second stay together, and one without a time is the oldest', () => {
    const { eventTime: _, ...timeless } = event(0);
    const events = [timeless, largest(1), { ...largest(1), eventId: 'twin' }, event(2)];
    expect(sent({ events }).events.map(({ eventId }) => eventId)).toEqual(['e-2']);
    expect(sent({ events: [timeless, event(2)] }).events.map(({ eventId }) => eventId)).toEqual([
      'e-2',
      'e-0',
    ]);
  });
});

describe('cutting to size', () => {
  it('cuts a text between characters', () => {
    expect(fittingText('short', 100)).toBe('short');
    for (const text of ['a'.repeat(200), '\u{1F600}'.repeat(100), '\u0000'.repeat(100), '"'.repeat(200)]) {
      const cut = fittingText(text, 100);
      expect(jsonBytes(cut)).toBeLessThanOrEqual(100);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.endsWith('…')).toBe(true);
    }
  });

  it('keeps the beginning of a list', () => {
    expect(fitting(['a', 'b', 'c'], 8)).toEqual(['a', 'b']);
    expect(fitting([], 8)).toEqual([]);
  });

  it('names the lists that lost items, and counts a list that was not cut as complete', () => {
    const whole = { roles: ['a', 'b'], strays: ['c'], resources: ['d'] };
    expect(shortened(whole, { roles: ['a'], strays: ['c'] })).toEqual(['roles']);
  });
});

it('if grants are too large, one place stands for all that are pending', () => {
  const longPlace = { region: 'us-east-1', name: `/google-access/reports/${'x'.repeat(900)}` };
  const places = Array.from({ length: 17 }, () => longPlace);
  const grants = Array.from({ length: 50 }, (_, n) => ({
    grant: `g${n}`,
    parameters: places,
    pending: places,
  }));
  const { detail } = outcome('Confirmed', { eventId: 'e' }, now, { role: reports, parameters: [], grants });
  expect(detail.grants?.map(({ parameters, pending }) => [parameters, pending])).toEqual(
    grants.map(() => [[], [longPlace]]),
  );
});
