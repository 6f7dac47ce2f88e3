import { PermanentError, RetryableError, toFailure } from '../../shared/core/errors.ts';
import { type Outcome, type OutcomeDetail, outcome, toldDigest } from '../../shared/core/outcome.ts';
import { isSameRole } from '../../shared/core/role-key.ts';
import { now, reader, reports, roleRef, writer } from '../support/settings.ts';

type State = Parameters<typeof outcome>[4];
const state: State = { role: reports, grant: 'default', parameters: [] };
const make = (more: Partial<State> = {}, type: Outcome['type'] = 'Refused'): Outcome =>
  outcome(type, 'first', { eventId: 'e' }, now, { ...state, ...more });
const idOf = ({ detail }: Outcome) => detail.id;
const account = (email: string) => ({ kind: 'serviceAccount', email }) as const;

describe('an outcome', () => {
  it('says what became of what, for whom, and when', () => {
    const cause = { eventId: 'e', eventName: 'TagRole', requestedBy: 'alice', eventTime: 't' };
    const { type, detail } = outcome('Granted', 'first', cause, now, { ...state, reason: 'r' });
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

  it('says how its caller is known, and why it happened where no event names the key', () => {
    const recorded = { because: 'sweep', requestedBy: 'olga', isRecorded: true, lookId: 'l' } as const;
    expect(outcome('Granted', 'first', recorded, now, state).detail).toMatchObject({
      requestedBy: 'olga',
      isRecorded: true,
      cause: { because: 'sweep' },
    });
    const several = { eventIds: ['e-1', 'e-2'], lookId: 'l', answeredBy: 'anna' };
    const { detail } = outcome('Granted', 'first', several, now, state);
    expect(detail).toMatchObject({ answeredBy: 'anna', cause: { eventIds: ['e-1', 'e-2'] } });
    expect(JSON.stringify(detail)).not.toContain('lookId');
    const other = outcome('Granted', 'first', { ...several, lookId: 'm' }, now, state).detail;
    expect(other.id).not.toBe(detail.id);
  });

  it('leaves out what is not known of its cause', () => {
    const { detail } = outcome('Granted', 'first', {}, now, state);
    expect(detail.cause).toEqual({});
    expect(detail).not.toHaveProperty('requestedBy');
    expect(detail.cause).not.toHaveProperty('eventId');
    expect(detail.cause).not.toHaveProperty('eventName');
  });

  it.each<[string, Outcome]>([
    ['type', make({}, 'Failed')],
    ['account', make({ role: { ...reports, accountId: '999988887777' } })],
    ['role', make({ role: roleRef('other') })],
    ['role made anew', make({ role: { ...reports, roleId: 'AROA1' } })],
    ['grant', make({ grant: 'x' })],
    ['target', make({ target: account(reader) })],
    ['end', make({ expiresAt: '2026-12-31T00:00:00Z' })],
    ['event', outcome('Refused', 'first', { eventId: 'f' }, now, state)],
    ['look', outcome('Refused', 'second', { eventId: 'e' }, now, state)],
  ])('of another %s has another id', (_, other) => {
    expect(idOf(other)).not.toBe(idOf(make()));
  });

  it('of another target has another id', () => {
    expect(idOf(make({ target: account(reader) }))).not.toBe(idOf(make({ target: account(writer) })));
  });

  it.each<[string, Outcome]>([
    ['reason', make({ reason: 'other words' })],
    ['tag', make({ tag: { key: 'google-access', value: reader } })],
    ['parameters', make({ parameters: [{ region: 'us-east-1', name: '/a/b' }] })],
    ['name of its event', outcome('Refused', 'first', { eventId: 'e', eventName: 'TagRole' }, now, state)],
    ['time', outcome('Refused', 'first', { eventId: 'e' }, new Date(0), state)],
  ])('of another %s is the same news', (_, other) => {
    expect(idOf(other)).toBe(idOf(make()));
  });
});

describe('the digest of what was told', () => {
  const failed = make({}, 'Failed');
  const refused = make({ grant: 'x' });

  it('is the same in any order', () => {
    expect(toldDigest([failed, refused])).toBe(toldDigest([refused, failed]));
  });

  it('holds refusals and failures, and nothing else', () => {
    expect(toldDigest([failed, make({}, 'Granted'), make({}, 'Revoked'), make({}, 'Confirmed')])).toBe(
      toldDigest([failed]),
    );
    const digests = [[], [failed], [refused], [failed, refused]].map(toldDigest);
    expect(new Set(digests).size).toBe(4);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('failures', () => {
  it('keep their words and their cause', () => {
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

it('a role is the same by account and name, exactly', () => {
  expect(isSameRole(reports, { ...reports })).toBe(true);
  expect(isSameRole(reports, roleRef('Reports'))).toBe(true);
  expect(isSameRole(reports, { ...reports, accountId: '999988887777' })).toBe(false);
});
