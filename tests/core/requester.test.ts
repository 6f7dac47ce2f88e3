import { grantCondition } from '../../shared/core/iam-policy.ts';
import type { LedgerEntry } from '../../shared/core/ledger.ts';
import type { Cause, RoleState } from '../../shared/core/model.ts';
import { causeFor, type ReportContext, requesterOfTag, type Subject } from '../../shared/core/requester.ts';
import type { TagEvent } from '../../shared/core/role-event.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';

const key = 'google-access';
const until = '2026-12-02T00:00:00Z';
const tag = { key, value: reader };
const dated = { key, value: `${reader} until ${until}` };
const target = { kind: 'serviceAccount', email: reader } as const;
const role = (...tags: readonly { readonly key: string; readonly value: string }[]): RoleState => ({
  kind: 'present',
  ref: reports,
  roleId: 'AROA1',
  arn: 'arn',
  tags,
});
const absent: RoleState = { kind: 'absent', ref: reports };
const event = (eventName: TagEvent['eventName'], by: string, more: Partial<TagEvent> = {}): TagEvent => ({
  eventName,
  eventId: `e-${by}`,
  eventTime: '2026-11-24T09:00:00Z',
  requestedBy: by,
  keys: [],
  ...more,
});
const sets = (by: string, value: string, more: Partial<TagEvent> = {}) =>
  event('TagRole', by, { keys: [{ key, value }], ...more });
const entry = (expiresAt?: string, more: Partial<LedgerEntry> = {}): LedgerEntry => {
  const condition = grantCondition(expiresAt === undefined ? {} : { expiresAt });
  return {
    googleRole: 'roles/iam.workloadIdentityUser',
    resource: serviceAccountResource(reader),
    member: 'm',
    grants: ['default'],
    since: '2026-11-24T08:00:00.000Z',
    announcedAt: now.toISOString(),
    requesters: [
      { grant: 'other', requestedBy: 'otto' },
      { grant: 'default', requestedBy: 'olga', eventId: 'e-old', eventName: 'TagRole' },
    ],
    ...(condition === undefined ? {} : { condition }),
    ...more,
  };
};
const drift: Cause = { eventName: 'Google Access Drift Detected', eventId: 'd-1' };
const lookAt: Cause = { eventName: 'TagRole', eventId: 'e-look', requestedBy: 'lena' };
const context = (more: Partial<ReportContext> = {}): ReportContext => ({
  settings,
  events: [],
  cause: lookAt,
  approved: [],
  entries: [],
  now,
  ...more,
});
const bySweep = (more: Partial<ReportContext> = {}) => context({ cause: drift, drift, ...more });
const ended: Subject = { grant: 'default', target };

describe('invariant 6: the requester of tagged access', () => {
  const asked = { grant: 'default', tag, target };

  it('is the caller of the event that set the tag', () => {
    const { keys: _, ...cause } = sets('alice', reader);
    expect(causeFor(context({ events: [sets('alice', reader)] }), role(tag), asked)).toEqual({
      ...cause,
      lookId: 'e-look',
    });
  });

  it('is no one if two set it in one second: the outcome has their name if it is one, and all ids, including those of events without one', () => {
    const { eventId: _, ...nameless } = sets('carol', reader);
    const events = [sets('bob', reader), sets('alice', reader), nameless];
    expect(causeFor(context({ events, cause: {} }), role(tag), asked)).toEqual({
      eventName: 'TagRole',
      eventIds: ['e-alice', 'e-bob'],
    });
    const mixed = [sets('bob', reader), { ...sets('alice', reader), eventName: 'CreateRole' as const }];
    expect(causeFor(context({ events: mixed }), role(tag), asked)).toEqual({
      eventIds: ['e-alice', 'e-bob'],
      lookId: 'e-look',
    });
  });

  it('an event without a time is older than any other', () => {
    const { eventTime: _, ...timeless } = sets('bob', reader);
    const events = [sets('alice', reader), timeless];
    expect(causeFor(context({ events }), role(tag), asked)).toMatchObject({ requestedBy: 'alice' });
    expect(causeFor(context({ events: [timeless] }), role(tag), asked)).toMatchObject({
      requestedBy: 'bob',
    });
  });

  it('is the caller that the ledger recorded for this account and date, if there is no such event', () => {
    const recorded = { requestedBy: 'olga', isRecorded: true };
    expect(causeFor(bySweep({ entries: [entry()] }), role(tag), asked)).toEqual({
      ...drift,
      ...recorded,
      because: 'sweep',
    });
    for (const entries of [
      [entry(until)],
      [entry(undefined, { resource: serviceAccountResource(writer) })],
      [entry(undefined, { grants: ['other'] })],
      [entry(undefined, { requesters: [{ grant: 'default', eventName: 'TagRole' }] })],
      [entry(undefined, { requesters: [] })],
    ])
      expect(causeFor(bySweep({ entries }), role(tag), asked)).toEqual({ ...drift, because: 'sweep' });
    const { requesters: _, ...bare } = entry();
    expect(causeFor(bySweep({ entries: [bare] }), role(tag), asked)).not.toHaveProperty('requestedBy');
  });

  it('an event of the role that does not name it led to the look, but is not its cause', () => {
    const events = [event('UntagRole', 'bob', { keys: [{ key: 'google-access/x' }] })];
    expect(causeFor(context({ events }), role(tag), asked)).toEqual({
      because: 'otherEvent',
      lookId: 'e-look',
    });
    expect(causeFor(context({ events, cause: {} }), role(tag), asked)).toEqual({ because: 'otherEvent' });
  });

  it('a change by a command has the command’s name, and no caller', () => {
    expect(causeFor(context({ cause: { eventName: 'rolebridge revoke --all' } }), role(tag), asked)).toEqual({
      eventName: 'rolebridge revoke --all',
    });
  });

  it('of a refusal is known: expired, or by a guardrail that changed since the access was granted', () => {
    const past = { key, value: `${reader} until 2026-11-01` };
    expect(causeFor(bySweep(), role(past), { ...asked, tag: past })).toMatchObject({ because: 'expired' });
    const closed = { ...settings, allow: [] };
    const refused = { settings: closed, entries: [entry()] };
    expect(causeFor(bySweep(refused), role(tag), asked)).toMatchObject({
      because: 'guardrailChanged',
      requestedBy: 'olga',
    });
    expect(causeFor(bySweep({ settings: closed }), role(tag), asked)).toMatchObject({ because: 'sweep' });
    const odd = { key, value: 'nonsense' };
    expect(causeFor(bySweep(), role(odd), { ...asked, tag: odd })).toEqual({ ...drift, because: 'sweep' });
    const direct = { key, value: 'roles/viewer on projects/x' };
    expect(causeFor(bySweep({ entries: [entry()] }), role(direct), { tag: direct })).toEqual({
      ...drift,
      because: 'sweep',
    });
  });
});

describe('invariant 6: who ended access', () => {
  it.each<readonly [string, TagEvent]>([
    ['DeleteRole', event('DeleteRole', 'alice')],
    ['UntagRole', event('UntagRole', 'alice', { keys: [{ key: 'google-access/x' }, { key }] })],
    ['TagRole with another account', sets('alice', writer)],
    ['TagRole with what cannot be read', sets('alice', 'nonsense')],
    ['TagRole with a Google role', sets('alice', 'roles/viewer on projects/x')],
    ['TagRole with another date', sets('alice', dated.value)],
    [
      'TagRole in another casing',
      event('TagRole', 'alice', { keys: [{ key: 'Google-Access', value: reader }] }),
    ],
    ['UntagRole in another casing', event('UntagRole', 'alice', { keys: [{ key: 'Google-Access' }] })],
  ])('%s', (_, call) => {
    const found = causeFor(context({ events: [call], entries: [entry()] }), absent, ended);
    expect(found).toMatchObject({ requestedBy: 'alice', eventName: call.eventName });
    expect(found).not.toHaveProperty('isRecorded');
  });

  it.each<readonly [string, TagEvent]>([
    ['CreateRole', event('CreateRole', 'bob', { keys: [{ key, value: writer }] })],
    ['UntagRole of another key', event('UntagRole', 'bob', { keys: [{ key: 'google-access/x' }] })],
    ['TagRole with the same account and date', sets('bob', reader)],
  ])('not a %s', (_, call) => {
    expect(causeFor(context({ events: [call], entries: [entry()] }), absent, ended)).toEqual({
      because: 'otherEvent',
      requestedBy: 'olga',
      isRecorded: true,
      lookId: 'e-look',
    });
  });

  describe('if a tag requests it again', () => {
    const closed = { ...settings, allow: [] };
    const calls = [
      event('DeleteRole', 'alice'),
      event('UntagRole', 'alice', { keys: [{ key }] }),
      sets('alice', writer),
    ];
    const endedBy = (call: TagEvent, since: string, state = role(tag)) =>
      causeFor(
        context({ events: [call], settings: closed, entries: [entry(undefined, { since })] }),
        state,
        ended,
      );

    it.each(calls)('$eventName before the binding was made did not end it: the guardrail did', (call) => {
      const { eventTime: _, ...timeless } = call;
      for (const one of [call, timeless])
        expect(endedBy(one, '2026-11-24T09:00:01.000Z')).toEqual({
          because: 'guardrailChanged',
          requestedBy: 'olga',
          isRecorded: true,
          lookId: 'e-look',
        });
    });

    it.each(calls)(
      '$eventName did, if it is not certain to be older: its time is that of a whole second',
      (call) => {
        expect(endedBy(call, '2026-11-24T09:00:00.999Z')).toMatchObject({ requestedBy: 'alice' });
      },
    );

    it.each(calls)(
      '$eventName did, if the tag does not request it now, unless it is older by minutes',
      (call) => {
        const { eventTime: _, ...timeless } = call;
        for (const state of [absent, role(), role({ key, value: writer })]) {
          expect(endedBy(call, '2026-11-24T09:04:59.999Z', state)).toMatchObject({ requestedBy: 'alice' });
          expect(endedBy(call, '2026-11-24T09:05:00.000Z', state)).toMatchObject({ requestedBy: 'olga' });
          expect(endedBy(timeless, '2026-11-24T10:00:00.000Z', state)).toMatchObject({
            requestedBy: 'alice',
          });
        }
      },
    );

    it('an event did, if one of several bindings is older, or the ledger lists none', () => {
      const [call] = calls;
      if (call === undefined) throw new Error('no call');
      const both = ['2026-11-24T08:00:00Z', '2026-11-24T10:00:00Z'].map((since) =>
        entry(undefined, { since }),
      );
      for (const entries of [both, []])
        expect(
          causeFor(context({ events: [call], settings: closed, entries }), role(tag), ended),
        ).toMatchObject({ requestedBy: 'alice' });
    });
  });

  it('the outcome names the person whose approval allowed it, on that account alone', () => {
    const approved = ['zoe', 'anna'].map((answeredBy) => ({
      access: serviceAccountResource(reader),
      answeredBy,
    }));
    const by = (more: Partial<ReportContext>, subject = ended) =>
      causeFor(bySweep({ approved, entries: [entry()], ...more }), absent, subject).answeredBy;
    expect(by({})).toBe('anna');
    expect(by({ approved: approved.slice(0, 1) })).toBe('zoe');
    expect(by({}, { grant: 'default', target: { kind: 'serviceAccount', email: writer } })).toBeUndefined();
    const direct = { kind: 'direct', googleRole: 'roles/viewer', resource: 'projects/x' } as const;
    expect(by({}, { grant: 'default', target: direct })).toBeUndefined();
    // If an event explains it, it needed no approval; an answer about everything takes precedence.
    expect(by({ events: [event('DeleteRole', 'alice')] })).toBeUndefined();
    expect(by({ drift: { ...drift, answeredBy: 'olga' } })).toBe('olga');
  });

  it('a named grant by its own key; if the ledger lists nothing, by the account alone', () => {
    const untag = event('UntagRole', 'alice', { keys: [{ key: 'google-access/in' }] });
    const named = { grant: 'in', target };
    expect(causeFor(context({ events: [untag] }), absent, named)).toMatchObject({ requestedBy: 'alice' });
    expect(causeFor(context({ events: [sets('bob', dated.value)] }), absent, ended)).toMatchObject({
      because: 'otherEvent',
    });
  });

  it('a binding without a grant: only DeleteRole', () => {
    const calls = [event('UntagRole', 'bob', { keys: [{ key }] }), event('DeleteRole', 'alice')];
    expect(causeFor(context({ events: calls }), absent, { target })).toMatchObject({
      requestedBy: 'alice',
    });
    expect(causeFor(context({ events: calls.slice(0, 1) }), absent, { target })).toEqual({
      because: 'otherEvent',
      lookId: 'e-look',
    });
  });

  it('anything else than a service account, by its key', () => {
    const direct = { kind: 'direct', googleRole: 'roles/viewer', resource: 'projects/x' } as const;
    expect(
      causeFor(context({ events: [sets('alice', reader)] }), absent, {
        grant: 'default',
        target: direct,
      }),
    ).toMatchObject({ requestedBy: 'alice' });
  });

  it('no one: a guardrail, an end, or the sweep', () => {
    const at = new Date('2026-12-03T00:00:00Z');
    const because = (more: Partial<ReportContext>, state: RoleState) =>
      causeFor(bySweep(more), state, ended).because;
    const closed = { ...settings, allow: [] };
    expect(because({ settings: closed, entries: [entry()] }, role(tag))).toBe('guardrailChanged');
    expect(because({ now: at, entries: [entry(until)] }, role(dated))).toBe('expired');
    expect(because({ now: at, entries: [entry(until)] }, role())).toBe('expired');
    expect(because({ entries: [entry(until)] }, role())).toBe('sweep');
    expect(because({ entries: [entry()] }, role(tag))).toBe('sweep');
    expect(because({ entries: [entry()] }, role({ key, value: writer }))).toBe('sweep');
    expect(because({ entries: [] }, absent)).toBe('sweep');
    // Bound by hand: the tag was always refused.
    expect(because({ settings: closed, entries: [] }, role(tag))).toBe('sweep');
    const { requesters: _, ...bare } = entry();
    expect(causeFor(bySweep({ entries: [bare] }), absent, ended)).toEqual({ ...drift, because: 'sweep' });
  });
});

describe('an outcome about a role as a whole', () => {
  const whole = (events: readonly TagEvent[], more: Partial<ReportContext> = {}) =>
    causeFor(context({ events, ...more }), role(tag), {});

  it('names the caller only if there is no other', () => {
    expect(whole([sets('alice', reader), sets('alice', writer, { eventId: 'e-2' })])).toEqual({
      eventName: 'TagRole',
      eventIds: ['e-2', 'e-alice'],
      requestedBy: 'alice',
      lookId: 'e-look',
    });
    expect(whole([sets('alice', reader), sets('bob', writer)])).not.toHaveProperty('requestedBy');
    const { requestedBy: _, ...unknown } = sets('alice', reader);
    expect(whole([unknown])).not.toHaveProperty('requestedBy');
    expect(whole([sets('alice', reader)], { isCut: true })).not.toHaveProperty('requestedBy');
  });

  it('has the cause of the look, if no event of the role led to it', () => {
    expect(whole([], { cause: drift, drift })).toEqual(drift);
  });
});

describe('the ledger’s record', () => {
  it('is the event that set the tag; unknown, if several may have', () => {
    expect(requesterOfTag([sets('alice', reader), sets('bob', writer)], 'default', tag)).toEqual({
      grant: 'default',
      eventName: 'TagRole',
      eventId: 'e-alice',
      eventTime: '2026-11-24T09:00:00Z',
      requestedBy: 'alice',
    });
    expect(requesterOfTag([sets('alice', reader), sets('bob', reader)], 'default', tag)).toBe('unknown');
    expect(requesterOfTag([], 'default', tag)).toBeUndefined();
    const bare: TagEvent = { eventName: 'TagRole', keys: [{ key, value: reader }] };
    expect(requesterOfTag([bare], 'default', { ...tag, key: 'Google-Access' })).toEqual({
      grant: 'default',
      eventName: 'TagRole',
    });
  });
});
