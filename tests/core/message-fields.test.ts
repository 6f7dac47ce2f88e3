import { parseMessage, secondLookKind } from '../../shared/core/message.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, reader } from '../support/settings.ts';

const parse = (body: string) => parseMessage(body, [accountId], 'google-access');

// Anyone who can send to the queue or the bus could forge these: nothing is accepted that could not be ours.
describe('the fields of a drift or a second look', () => {
  it.each([
    { partition: 7 },
    { partition: ['aws'] },
    { accountId: ['111122223333'] },
    { roleName: ['reports'] },
    { partition: 'AWS' },
    { partition: 'x-aws' },
    { partition: 'aws.cn' },
    { accountId: 111122223333 },
    { accountId: '1111222233334' },
    { accountId: 'x111122223333' },
    { accountId: '11112222333' },
    { roleName: 7 },
    { roleName: '' },
    { roleName: 'a/b' },
    { roleName: '/reports' },
    { roleName: 'reports/' },
    { roleName: 'a'.repeat(65) },
  ])('a drift of a role that cannot exist is ignored: %j', (wrong) => {
    const role = { partition: 'aws', accountId, roleName: 'reports', ...wrong };
    const drift = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', detail: { role } };
    expect(parse(JSON.stringify(drift))).toEqual({ kind: 'ignored', reason: 'the drift names no role' });
  });

  it.each([
    { partition: 'aws-us-gov', roleName: 'a' },
    { roleName: `${'a'.repeat(58)}+=,.@-` },
    { accountId: '999988887777' },
  ])('a drift may be about any role that can exist, configured or not: %j', (more) => {
    const ref = { partition: 'aws', accountId, roleName: 'reports', ...more };
    const drift = {
      source: 'rolebridge',
      'detail-type': 'Google Access Drift Detected',
      detail: { role: ref },
    };
    expect(parse(JSON.stringify(drift))).toEqual({
      kind: 'drift',
      ref,
      cause: { eventName: 'Google Access Drift Detected' },
      resources: [],
      strays: [],
      released: [],
      releasedAt: '1970-01-01T00:00:00Z',
      mayLeave: [],
      absent: [],
      answers: [],
    });
  });

  it('a drift names answers that something is gone, and who answered, in exactly their forms', () => {
    const detail = {
      role: { partition: 'aws', accountId, roleName: 'reports' },
      answers: ['forget#project#acme-old', 'revoke#all', 7, 'forget#role#x'],
      answeredBy: `arn:aws:sts::${accountId}:assumed-role/Admin/alice`,
    };
    const drift = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', detail };
    expect(parse(JSON.stringify(drift))).toMatchObject({
      cause: { answeredBy: detail.answeredBy },
      answers: ['forget#project#acme-old'],
    });
    for (const answeredBy of ['alice', 7, `${detail.answeredBy}${'x'.repeat(1024)}`])
      expect(parse(JSON.stringify({ ...drift, detail: { ...detail, answeredBy } }))).toHaveProperty('cause', {
        eventName: 'Google Access Drift Detected',
      });
  });

  it('a drift names who approved which revocation, in exactly their forms', () => {
    const answeredBy = `arn:aws:sts::${accountId}:assumed-role/Admin/alice`;
    const access = serviceAccountResource('reader@acme-data.iam.gserviceaccount.com');
    const detail = {
      role: { partition: 'aws', accountId, roleName: 'reports' },
      approved: [
        { access, answeredBy, more: 'not ours' },
        { access, answeredBy: 'alice' },
        { access: 'projects/-/serviceAccounts/x', answeredBy },
        7,
      ],
    };
    const drift = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', detail };
    expect(parse(JSON.stringify(drift))).toMatchObject({ approved: [{ access, answeredBy }] });
    const none = { ...drift, detail: { ...detail, approved: detail.approved.slice(1) } };
    expect(parse(JSON.stringify(none))).not.toHaveProperty('approved');
  });

  it.each([
    [{ kind: secondLookKind, ref: { accountId }, told: 'x' }],
    [{ kind: secondLookKind, ref: { partition: 'aws', accountId, roleName: 'reports' } }],
    [
      {
        kind: secondLookKind,
        ref: { partition: 'aws', accountId: '999988887777', roleName: 'r' },
        told: 'x',
      },
    ],
  ])('a second look without a role of ours, or without a digest of the report, is ignored: %j', (body) => {
    expect(parse(JSON.stringify(body))).toEqual({
      kind: 'ignored',
      reason: 'the second look names no role of a configured account',
    });
  });

  it('a second look brings back the cause of the first', () => {
    const cause = { eventId: 'e', eventName: 'TagRole', eventTime: 't', requestedBy: 'alice' };
    const ref = { partition: 'aws', accountId, roleName: 'reports' };
    const body = {
      kind: secondLookKind,
      ref,
      told: 'x',
      cause: { ...cause, more: 'not ours' },
    };
    expect(parse(JSON.stringify(body))).toEqual({
      kind: 'secondLook',
      ref,
      reported: 'x',
      deferrals: 0,
      events: [],
      cause,
    });
  });

  it.each([[null], [{ eventId: 7, requestedBy: null }]])('and nothing of the cause %j', (cause) => {
    const ref = { partition: 'aws', accountId, roleName: 'reports' };
    expect(parse(JSON.stringify({ kind: secondLookKind, ref, told: 'x', cause }))).toStrictEqual({
      kind: 'secondLook',
      deferrals: 0,
      events: [],
      ref,
      reported: 'x',
      cause: {},
    });
  });

  it('only rolebridge reports drift', () => {
    const ref = { partition: 'aws', accountId, roleName: 'reports' };
    const body = { source: 'eve', 'detail-type': 'Google Access Drift Detected', detail: { role: ref } };
    expect(parse(JSON.stringify(body)).kind).toBe('ignored');
  });

  it('an account or place is accepted only if it could be one', () => {
    const account = `projects/acme-data/serviceAccounts/${reader}`;
    const scoped = 'projects/example.com:p/serviceAccounts/a@p.example.com.iam.gserviceaccount.com';
    const place = { region: 'eu-west-1', name: '/a/b' };
    const drift = {
      source: 'rolebridge',
      'detail-type': 'Google Access Drift Detected',
      id: 7,
      detail: {
        role: { partition: 'aws', accountId, roleName: 'reports' },
        resources: [[account], null, `/${account}`, `x${account}`, `${account} `, scoped],
        strays: [
          null,
          'eu-west-1 /a/b',
          place,
          { ...place, region: [place.region] },
          { ...place, name: [place.name] },
          { ...place, region: 'xus-east-1' },
          { ...place, region: 'us-gov-west-1' },
          { ...place, region: 'cn-north-1' },
          { ...place, region: 'us-east-12' },
          { ...place, region: 7 },
          { ...place, name: 7 },
          { ...place, name: 'a/b' },
          { ...place, name: '/a' },
          { ...place, name: '/a/b/' },
          { ...place, name: '/a'.repeat(16) },
          { ...place, name: '/a'.repeat(15) },
        ],
      },
    };
    expect(parse(JSON.stringify(drift))).toMatchObject({
      resources: [scoped],
      strays: [place, { ...place, name: '/a'.repeat(15) }],
      cause: { eventName: 'Google Access Drift Detected' },
    });
    expect(parse(JSON.stringify(drift))).not.toHaveProperty('cause.eventId');
  });

  it('a message may name at most five hundred accounts or places', () => {
    const role = { partition: 'aws', accountId, roleName: 'reports' };
    const strays = Array.from({ length: 501 }, (_, index) => ({ region: 'eu-west-1', name: `/a/b${index}` }));
    const detail = { role, strays };
    const drift = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', detail };
    expect(parse(JSON.stringify(drift))).toMatchObject({ strays: strays.slice(0, 500) });
  });
});
