import { RetryableError } from '../../shared/core/errors.ts';
import { grantCondition } from '../../shared/core/iam-policy.ts';
import { roleItemKey, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { readHistory } from '../../shared/history/history.ts';
import { addLine, createHistoryWorld, type HistoryWorld, names } from '../support/history-ports.ts';
import { outcomeExamples } from '../support/outcome-examples.ts';
import { now, reader, reports, roleRef, settings } from '../support/settings.ts';

const since = new Date('2026-11-17T12:00:00Z');
const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';
const detail = {
  version: 1,
  id: 'a1',
  at: '2026-11-24T09:00:00.000Z',
  role: reports,
  grant: 'default',
  target: { kind: 'serviceAccount', email: reader },
  cause: { eventId: 'e1', eventName: 'TagRole' },
  requestedBy: alice,
  parameters: [],
};

let world: HistoryWorld;
beforeEach(() => {
  world = createHistoryWorld();
});

const log = (type: string, changes: Readonly<Record<string, unknown>> = {}): void => {
  const outcome = { ...detail, ...changes };
  addLine(world, outcome.at, { message: `Google Access ${type}`, outcome });
};
const read = (roles = [] as readonly (typeof reports)[]) => readHistory(world.ports, { names, roles, since });

describe('the entries', () => {
  it('show who requested what, the oldest first', async () => {
    log('Refused', { id: 'a2', at: '2026-11-24T10:00:00.000Z', reason: 'no rule' });
    log('Granted', { expiresAt: '2027-01-01T00:00:00Z', tag: { key: 'google-access', value: reader } });
    expect((await read()).entries).toEqual([
      {
        kind: 'outcome',
        result: 'Granted',
        id: 'a1',
        at: detail.at,
        role: reports,
        grant: 'default',
        target: reader,
        tagValue: reader,
        expiresAt: '2027-01-01T00:00:00Z',
        requestedBy: alice,
        eventId: 'e1',
        eventName: 'TagRole',
      },
      expect.objectContaining({ result: 'Refused', reason: 'no rule' }),
    ]);
  });

  it('contain every documented outcome that is news', async () => {
    const examples = await Promise.all(Object.values(outcomeExamples).map((make) => make()));
    for (const { type, detail: outcome } of examples)
      addLine(world, outcome.at, { message: `Google Access ${type}`, outcome });
    const { entries, blindSpots } = await read();
    const news = examples.filter(
      ({ type, detail: { grant } }) => type !== 'Confirmed' || grant !== undefined,
    );
    expect(blindSpots).toEqual([]);
    expect(entries).toHaveLength(new Set(news.map(({ detail: { id } }) => id)).size);
  });

  it('show an outcome once, even if its message was delivered twice', async () => {
    log('Granted');
    log('Granted', { at: '2026-11-24T09:01:00.000Z' });
    expect((await read()).entries).toEqual([expect.objectContaining({ at: detail.at })]);
  });

  it('show the value of a tag that names no account', async () => {
    log('Refused', { target: undefined, tag: { key: 'google-access', value: 'nonsense' } });
    expect((await read()).entries).toEqual([expect.objectContaining({ target: 'nonsense' })]);
  });

  it('show the answers of people, unless a role is named', async () => {
    addLine(
      world,
      detail.at,
      { message: 'A person answers.', answer: 'revoke all', answeredBy: alice },
      'sweep',
    );
    expect((await read()).entries).toEqual([
      { kind: 'answer', at: detail.at, answer: 'revoke all', answeredBy: alice },
    ]);
    expect((await read([reports])).entries).toEqual([]);
  });

  it('are those of the named roles, in any casing', async () => {
    log('Granted');
    log('Granted', { id: 'a2', role: roleRef('other') });
    const { entries, seen } = await read([roleRef('REPORTS')]);
    expect(entries).toEqual([expect.objectContaining({ id: 'a1' })]);
    expect(seen.map(({ roleName }) => roleName)).toEqual(['reports', 'other']);
  });

  it('cannot move the cursor, break a line or repeat a secret', async () => {
    const secret = `ya29.${'a1B2'.repeat(10)}`;
    log('Failed', { reason: `\u001b[2J\u001b]0;x\u0007no\u202e\r\nline ${secret}` });
    const [entry] = (await read()).entries;
    expect(entry).toMatchObject({ reason: 'no line [redacted]' });
  });
});

describe('a gap in the history', () => {
  it.each([
    ['Google Access Granted', { ...detail, version: 2 }],
    ['Google Access Shared', detail],
    ['Google Access Granted', { ...detail, at: 'yesterday' }],
    ['Google Access Granted', 'nothing'],
  ])('is a line "%s" that this version cannot read', async (message, outcome) => {
    addLine(world, detail.at, { message, outcome });
    const { entries, blindSpots } = await read();
    expect(entries).toEqual([]);
    expect(blindSpots).toEqual([
      { what: '1 line in the log of reconcile', reason: 'This version cannot read it.' },
    ]);
  });

  it.each([
    '2026-11-24T09:00:00+05',
    '2026-11-24T09:00:00+0530',
    '2026-11-24T09:00:00+05:30',
    '2026-11-24 09:00:00Z',
    '2026-11-24T09:00Z',
    '2026-11-24T09:00:00',
    '2026-02-30T09:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T09:00:60Z',
    '2026-11-24T09:00:00.0000001Z',
  ])('is a line with the time %s: rolebridge writes none like it, so it could be misdated', async (time) => {
    const message = 'Google Access Granted';
    addLine(world, detail.at, { message, outcome: { ...detail, at: time } });
    addLine(world, detail.at, { message, outcome: { ...detail, id: 'a2', expiresAt: time } });
    const { entries, blindSpots } = await read();
    expect(entries).toEqual([]);
    expect(blindSpots).toEqual([
      { what: '2 lines in the log of reconcile', reason: 'This version cannot read them.' },
    ]);
  });

  it.each(['2026-11-24T09:00:00Z', '2026-11-24T09:00:00.1Z', '2024-02-29T23:59:59.999Z'])(
    'is not reported for a line with the time %s',
    async (time) => {
      const outcome = { ...detail, at: time, expiresAt: time };
      addLine(world, detail.at, { message: 'Google Access Granted', outcome });
      expect(await read()).toMatchObject({ entries: [{ at: time, expiresAt: time }], blindSpots: [] });
    },
  );

  it('is a log without a log group', async () => {
    world.extent = undefined;
    const { blindSpots, logs } = await read();
    expect(blindSpots.map(({ what }) => what)).toEqual(['the log of reconcile', 'the log of sweep']);
    expect(logs).toEqual([]);
  });

  it('is the rest of a log whose search reached a limit', async () => {
    log('Granted');
    world.onSearch = (name) =>
      name === 'sweep' ? {} : { cut: { after: detail.at, reason: 'The search ended after 500 pages.' } };
    const { entries, blindSpots } = await read();
    expect(entries).toHaveLength(1);
    expect(blindSpots).toEqual([
      { what: `the log of reconcile after ${detail.at}`, reason: 'The search ended after 500 pages.' },
    ]);
  });

  it('is a log that cannot be searched; the other log and the ledger are shown', async () => {
    addLine(world, detail.at, { message: 'A person answers.', answer: 'resume', answeredBy: alice }, 'sweep');
    world.onSearch = (name) => {
      if (name === 'reconcile') throw new RetryableError('throttled');
      return {};
    };
    const { entries, blindSpots } = await read();
    expect(entries).toHaveLength(1);
    expect(blindSpots).toEqual([{ what: 'the log of reconcile', reason: 'throttled' }]);
  });

  it('is an item of the ledger that this version cannot read, or the whole ledger', async () => {
    world.items.push({ ...roleItemKey(roleKey(reports)), revision: '1', body: '{"version":9}' });
    expect((await read()).blindSpots).toEqual([
      {
        what: 'item role#aws:111122223333:reports bindings of the ledger',
        reason: 'This version cannot read it.',
      },
    ]);
    const broken = {
      ...world.ports,
      table: {
        scan: async function* () {
          yield await Promise.reject(new RetryableError('throttled'));
        },
      },
    };
    const { blindSpots } = await readHistory(broken, { names, roles: [], since });
    expect(blindSpots).toEqual([{ what: 'the ledger', reason: 'throttled' }]);
  });
});

it('the ledger shows what is in force now, and who requested it', async () => {
  const entry = {
    googleRole: workloadIdentityUser,
    resource: serviceAccountResource(reader),
    member: memberOf(settings, reports),

    grants: ['default', 'night'],
    since: detail.at,
    announcedAt: detail.at,
    requesters: [
      { grant: 'default', requestedBy: alice },
      { grant: 'night', requestedBy: alice },
    ],
  };
  const until = grantCondition({ expiresAt: '2027-01-01T00:00:00Z' });
  const ending = { ...entry, ...(until === undefined ? {} : { condition: until }) };
  const byTwo = {
    ...entry,
    requesters: [
      { grant: 'default', requestedBy: 'bob' },
      { grant: 'night', requestedBy: alice },
    ],
  };
  const direct = {
    ...entry,
    googleRole: 'roles/storage.objectViewer',
    resource: 'buckets/acme-in' as const,
    grants: ['in'],
    requesters: [],
  };
  const body = writeLedgerItem({ role: reports, entries: [ending, byTwo, direct] });
  world.items.push({ ...roleItemKey(roleKey(reports)), revision: '1', body });
  const shared = { role: reports, grants: ['default', 'night'], target: reader, since: detail.at };
  expect((await read([reports])).standing).toEqual(
    expect.arrayContaining([
      { ...shared, expiresAt: '2027-01-01T00:00:00Z', requestedBy: alice },
      // Two people requested this binding.
      shared,
      {
        role: reports,
        grants: ['in'],
        target: 'roles/storage.objectViewer on buckets/acme-in',
        since: detail.at,
      },
    ]),
  );
  expect((await read([roleRef('other')])).standing).toEqual([]);
});

it.each([
  [{ createdAt: '2026-01-01T00:00:00.000Z', retentionDays: 90 }, '2026-08-26T12:00:00.000Z'],
  [{ createdAt: '2026-11-20T00:00:00.000Z', retentionDays: 90 }, '2026-11-20T00:00:00.000Z'],
  [{ createdAt: '2026-01-01T00:00:00.000Z' }, '2026-01-01T00:00:00.000Z'],
])('a log %j reaches back to %s', async (extent, from) => {
  world.extent = extent;
  world.time = now;
  expect((await read()).logs[0]).toMatchObject({ functionName: 'reconcile', from });
});
