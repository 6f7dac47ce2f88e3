import { PermanentError, RetryableError, toFailure } from '../../shared/core/errors.ts';
import {
  isFailure,
  type Outcome,
  type OutcomeDetail,
  outcome,
  reportDigest,
} from '../../shared/core/outcome.ts';
import { isSameRole } from '../../shared/core/role-key.ts';
import { now, reader, reports, roleRef, writer } from '../support/settings.ts';

type State = Parameters<typeof outcome>[3];
const state: State = { role: reports, grant: 'default', parameters: [] };
const make = (more: Partial<State> = {}, type: Outcome['type'] = 'Refused'): Outcome =>
  outcome(type, { eventId: 'e' }, now, { ...state, ...more });
const idOf = ({ detail }: Outcome) => detail.id;
const account = (email: string) => ({ kind: 'serviceAccount', email }) as const;

describe('an outcome', () => {
  it('contains the result, the role, and the time', () => {
    const cause = { eventId: 'e', eventName: 'TagRole', requestedBy: 'alice', eventTime: 't' };
    const { type, detail } = outcome('Granted', cause, now, { ...state, reason: 'r' });
    expect(type).toBe('Granted');
    expect(detail).toEqual({
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      role: reports,
      grant: 'default',
      parameters: [],
      reason: 'r',
      requestedBy: 'alice',
      cause: { eventId: 'e', eventName: 'TagRole' },
      at: '2026-11-24T12:00:00.000Z',
    } satisfies OutcomeDetail);
  });

  it('contains how its caller is known, and the cause if no event names the key', () => {
    const recorded = { because: 'sweep', requestedBy: 'olga', isRecorded: true, lookId: 'l' } as const;
    expect(outcome('Granted', recorded, now, state).detail).toMatchObject({
      requestedBy: 'olga',
      isRecorded: true,
      cause: { because: 'sweep' },
    });
    const several = { eventIds: ['e-1', 'e-2'], lookId: 'l', answeredBy: 'anna' };
    const { detail } = outcome('Granted', several, now, state);
    expect(detail).toMatchObject({ answeredBy: 'anna', cause: { eventIds: ['e-1', 'e-2'] } });
    expect(JSON.stringify(detail)).not.toContain('lookId');
    const idBy = (cause: Parameters<typeof outcome>[1]) => outcome('Granted', cause, now, state).detail.id;
    expect(idBy({ ...several, lookId: 'm' })).toBe(detail.id);
    expect(idBy({ ...several, eventIds: ['e-1', 'e-3'] })).not.toBe(detail.id);
  });

  describe('that no event explains', () => {
    const bound = { ...state, since: '2026-11-24T12:00:00.000Z' };
    const distinct = (type: Outcome['type'], one: State, isBindingChanged?: boolean): number =>
      new Set(['l', 'm'].map((lookId) => idOf(outcome(type, { lookId }, now, one, isBindingChanged)))).size;

    it('is identified by the ledger’s announcement of the binding, if this look made or removed it', () => {
      expect(distinct('Granted', bound, true)).toBe(1);
      expect(distinct('Revoked', bound)).toBe(1);
    });

    it('is identified by the cause of the look, if only a config was published, or nothing marks the binding', () => {
      expect(distinct('Granted', bound)).toBe(2);
      expect(distinct('Granted', state, true)).toBe(2);
      expect(distinct('Failed', bound)).toBe(2);
      expect(distinct('Confirmed', bound)).toBe(2);
    });

    it('is identified by the tag, if it is a refusal: for any message of a batch, and for any of several drifts', () => {
      expect(distinct('Refused', state)).toBe(1);
      const drifts = ['d-1', 'd-2'].map((eventId) =>
        outcome('Refused', { eventId, because: 'sweep' }, now, state),
      );
      expect(new Set(drifts.map(idOf)).size).toBe(1);
      const granted = ['d-1', 'd-2'].map((eventId) =>
        outcome('Granted', { eventId, because: 'sweep' }, now, bound, true),
      );
      expect(new Set(granted.map(idOf)).size).toBe(2);
    });
  });

  it('leaves out unknown parts of its cause', () => {
    const { detail } = outcome('Granted', {}, now, state);
    expect(detail.cause).toEqual({});
    expect(detail).not.toHaveProperty('requestedBy');
    expect(detail.cause).not.toHaveProperty('eventId');
    expect(detail.cause).not.toHaveProperty('eventName');
  });

  it.each<[string, Outcome]>([
    ['type', make({}, 'Failed')],
    ['account', make({ role: { ...reports, accountId: '999988887777' } })],
    ['role', make({ role: roleRef('other') })],
    ['re-created role', make({ role: { ...reports, roleId: 'AROA1' } })],
    ['grant', make({ grant: 'x' })],
    ['target', make({ target: account(reader) })],
    ['end', make({ expiresAt: '2026-12-31T00:00:00Z' })],
    ['event', outcome('Refused', { eventId: 'f' }, now, state)],
  ])('of another %s has another id', (_, other) => {
    expect(idOf(other)).not.toBe(idOf(make()));
  });

  it('of another target has another id', () => {
    expect(idOf(make({ target: account(reader) }))).not.toBe(idOf(make({ target: account(writer) })));
  });

  it.each<[string, Outcome]>([
    ['reason', make({ reason: 'other words' })],
    ['parameters', make({ parameters: [{ region: 'us-east-1', name: '/a/b' }] })],
    ['name of its event', outcome('Refused', { eventId: 'e', eventName: 'TagRole' }, now, state)],
    ['time', outcome('Refused', { eventId: 'e' }, new Date(0), state)],
  ])('of another %s is the same news', (_, other) => {
    expect(idOf(other)).toBe(idOf(make()));
  });
});

describe('the tag of an outcome', () => {
  const about = (tagKey: string, value: string) => idOf(make({ tag: { key: tagKey, value } }));

  it('is identified by its key, in any casing, and with its value if it is refused', () => {
    expect(about('google-access', reader)).toBe(about('Google-Access', reader));
    expect(about('google-access', reader)).not.toBe(about('google-access', writer));
    expect(about('google-access', reader)).not.toBe(about('google-access/default', reader));
    const granted = [`${reader} until 2026-12-31`, `${reader}  until 2026-12-31`].map((value) =>
      idOf(make({ tag: { key: 'google-access', value } }, 'Granted')),
    );
    expect(new Set(granted).size).toBe(1);
  });
});

describe('the facts in an id', () => {
  const place = (region: string) => ({ region, name: '/a/b' });
  const failed = { part: 'config', ...place('eu-west-1'), reason: 'r' } as const;
  const binding = { part: 'binding', reason: 'r' } as const;
  const left = {
    grants: [],
    target: account(reader),
    member: 'principalSet://a',
    isSeen: true,
    reason: 'r',
  } as const;
  const granted = { grant: 'default', parameters: [] };
  const variants: readonly Partial<State>[] = [
    {},
    { since: '2026-11-24T12:00:00.000Z' },
    { since: '2026-11-24T12:00:00.001Z' },
    { planned: true },
    { pending: [place('us-east-1')] },
    { pending: [place('us-east-1'), place('eu-west-1')] },
    { failed: [failed] },
    { failed: [failed, { ...failed, region: 'us-east-1' }] },
    { failed: [binding] },
    { failed: [{ ...binding, expiresAt: '2026-12-31T00:00:00Z' }] },
    { grants: [granted] },
    { grants: [{ ...granted, target: account(reader) }] },
    { grants: [{ ...granted, expiresAt: '2026-12-31T00:00:00Z' }] },
    { grants: [{ ...granted, since: '2026-11-24T12:00:00.000Z' }] },
    { grants: [{ ...granted, pending: [place('us-east-1')] }] },
    { grants: [granted, { ...granted, grant: 'x' }] },
    { left: [left] },
    { left: [{ ...left, isSeen: false }] },
    { left: [{ ...left, since: '2026-11-24T12:00:00.000Z' }] },
    { left: [{ ...left, expiresAt: '2026-12-31T00:00:00Z' }] },
    { left: [{ ...left, target: account(writer) }] },
    { left: [{ ...left, member: 'principalSet://b' }] },
  ];

  it('are all of these', () => {
    expect(new Set(variants.map((one) => idOf(make(one, 'Granted')))).size).toBe(variants.length);
  });

  it('are the same in any order, and in other words', () => {
    const places = [place('us-east-1'), place('eu-west-1')];
    const parts = [failed, { ...failed, region: 'us-east-1' }];
    const grants = [granted, { ...granted, grant: 'x' }];
    const lefts = [left, { ...left, member: 'principalSet://b' }];
    expect(idOf(make({ pending: places, failed: parts, grants, left: lefts }))).toBe(
      idOf(
        make({
          pending: places.toReversed(),
          failed: parts.toReversed().map((part) => ({ ...part, reason: 'other words' })),
          grants: grants.toReversed(),
          left: lefts.toReversed().map((one) => ({ ...one, reason: 'other words' })),
        }),
      ),
    );
  });
});

describe('the digest of a report', () => {
  const failed = make({}, 'Failed');
  const refused = make({ grant: 'x' });

  it('is the same in any order', () => {
    expect(reportDigest([failed, refused])).toBe(reportDigest([refused, failed]));
  });

  it('treats the failed part of a grant as the same news as that part alone', () => {
    const part = { part: 'config', region: 'eu-west-1', name: '/a/b', reason: 'r' } as const;
    const granted = make({ failed: [part] }, 'Granted');
    expect(reportDigest([granted])).toBe(reportDigest([make({ failed: [part] }, 'Failed')]));
    expect([granted, make({}, 'Failed'), make({}, 'Granted')].map(isFailure)).toEqual([true, true, false]);
  });

  it('contains refusals and failures, and nothing else', () => {
    expect(reportDigest([failed, make({}, 'Granted'), make({}, 'Revoked'), make({}, 'Confirmed')])).toBe(
      reportDigest([failed]),
    );
    const digests = [[], [failed], [refused], [failed, refused]].map(reportDigest);
    expect(new Set(digests).size).toBe(4);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('failures', () => {
  it('keep their message and their cause', () => {
    const cause = new Error('below');
    for (const error of [new RetryableError('r', { cause }), new PermanentError('r', { cause })]) {
      expect(error).toMatchObject({ message: 'r', cause });
      expect(toFailure(error)).toBe(error);
    }
    expect(toFailure('text')).toMatchObject({ name: 'RetryableError', message: 'text', cause: 'text' });
    expect(String(new RetryableError('r'))).toBe('RetryableError: r');
    expect(String(new PermanentError('p'))).toBe('PermanentError: p');
  });
});

it('two roles are the same if account and name are exactly equal', () => {
  expect(isSameRole(reports, { ...reports })).toBe(true);
  expect(isSameRole(reports, roleRef('Reports'))).toBe(true);
  expect(isSameRole(reports, { ...reports, accountId: '999988887777' })).toBe(false);
});
