import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseMessage, secondLookKind } from '../../shared/core/message.ts';
import { parseRoleEvent } from '../../shared/core/role-event.ts';
import { parseSweepRequest } from '../../shared/core/sweep-request.ts';
import { accountId, reader, reports } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';

const bodyOf = (sample: string): string =>
  (JSON.parse(readFileSync(`events/${sample}.json`, 'utf8')) as { Records: { body: string }[] }).Records[0]
    ?.body ?? '';
const parse = (body: string) => parseMessage(body, [accountId], 'google-access');
const event = (
  change: (body: {
    account: string;
    region: string;
    source: string;
    detail: Record<string, unknown>;
  }) => void,
) => {
  const body = JSON.parse(bodyOf('tag-role')) as Parameters<typeof change>[0];
  change(body);
  return parseRoleEvent(body, [accountId], 'google-access');
};

describe('the samples in events/', () => {
  it.each(['tag-role', 'untag-role', 'create-role', 'delete-role'])(
    '%s names its role and the caller',
    (sample) => {
      expect(parse(bodyOf(sample))).toMatchObject({
        kind: 'role',
        ref: reports,
        cause: {
          eventId: expect.stringContaining('07dcf958'),
          requestedBy: 'arn:aws:sts::111122223333:assumed-role/Administrator/alice',
          eventTime: '2026-11-24T09:21:42Z',
        },
      });
    },
  );

  it('second-look and drift', () => {
    expect(parse(bodyOf('second-look'))).toMatchObject({
      kind: 'secondLook',
      deferrals: 0,
      ref: reports,
      cause: { eventName: 'TagRole' },
    });
    expect(parse(bodyOf('drift'))).toEqual({
      kind: 'drift',
      ref: reports,
      cause: {
        eventName: 'Google Access Drift Detected',
        eventId: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      },
      resources: [`projects/acme-data/serviceAccounts/${reader}`],
      strays: [{ region: 'eu-west-3', name: '/google-access/reports/default' }],
      released: [`projects/acme-data/serviceAccounts/${reader}`],
      releasedAt: '2026-11-24T10:00:00.000Z',
      mayLeave: [],
      absent: [],
      answers: [],
    });
  });

  it.each([
    ['tag-role-access-denied', 'the TagRole call failed (AccessDenied)'],
    ['tag-role-no-such-entity', 'the TagRole call failed (NoSuchEntityException)'],
  ])('%s is ignored', (sample, reason) => {
    expect(parse(bodyOf(sample))).toMatchObject({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });

  it('of the sweep: on schedule, and approved by hand', () => {
    const sample = (name: string): unknown => JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
    expect(parseSweepRequest(sample('sweep-scheduled'))).toEqual({ kind: 'plain' });
    expect(parseSweepRequest(sample('sweep-approve'))).toMatchObject({
      kind: 'answer',
      answer: { kind: 'approve', hash: '3f2a49c8a6d4b1e0' },
      proof: { date: '20261124T092144Z' },
    });
  });

  it('are all used here', () => {
    expect(readdirSync('events')).toHaveLength(10);
  });
});

describe('a message that is not for us is ignored, with the reason', () => {
  it.each<[string, Parameters<typeof event>[0]]>([
    [
      'AttachRolePolicy does not change who may have access',
      (body) => void (body.detail['eventName'] = 'AttachRolePolicy'),
    ],
    ['not a CloudTrail record of an IAM call', (body) => void (body.source = 'aws.s3')],
    ['not a CloudTrail record of an IAM call', (body) => void delete body.detail['eventName']],
    ['is not the account of the record', (body) => void (body.account = '999999999999')],
    ['is not the account of the record', (body) => void delete body.detail['recipientAccountId']],
    [
      'is not the account of the record',
      (body) => {
        Reflect.deleteProperty(body, 'account');
        delete body.detail['recipientAccountId'];
      },
    ],
    ['partition "aws" only', (body) => void (body.region = 'us-iso-east-1')],
    [
      'account 999999999999 is not in rolebridge.yml',
      (body) => void (body.account = body.detail['recipientAccountId'] = '999999999999'),
    ],
    ['partition "aws" only', (body) => void (body.region = 'us-gov-west-1')],
    ['partition "aws" only', (body) => void (body.region = 'cn-north-1')],
    ['partition "aws" only', (body) => void (body.region = 'us-isob-east-1')],
    [
      'not a CloudTrail record of an IAM call',
      (body) => void (body.detail['eventSource'] = 's3.amazonaws.com'),
    ],
    ['names no role', (body) => void (body.detail['requestParameters'] = { roleName: '/reports' })],
    ['names no role', (body) => void (body.detail['requestParameters'] = { roleName: 'a'.repeat(65) })],
    ['the TagRole record names no role', (body) => void (body.detail['requestParameters'] = { roleName: 7 })],
    ['names no role', (body) => void (body.detail['requestParameters'] = null)],
    ['names no role', (body) => void (body.detail['requestParameters'] = { roleName: 'a/../b' })],
  ])('%s', (reason, change) => {
    expect(event(change)).toMatchObject({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });

  it('names an account that rolebridge.yml does not list, so that its events can be counted', () => {
    const sender = '999999999999';
    const parsed = event((body) => void (body.account = body.detail['recipientAccountId'] = sender));
    expect(parsed).toMatchObject({ kind: 'ignored', unlistedSender: sender });
    expect(event((body) => void (body.account = sender))).not.toHaveProperty('unlistedSender');
  });

  it('an event without the optional fields still names its role', () => {
    const parsed = event((body) => {
      for (const field of ['eventID', 'eventTime', 'userIdentity']) delete body.detail[field];
      Reflect.deleteProperty(body, 'region');
    });
    expect(parsed).toEqual({
      kind: 'role',
      ref: reports,
      cause: { eventName: 'TagRole' },
      event: { eventName: 'TagRole', keys: [{ key: 'google-access', value: reader }] },
    });
  });

  it('a call made by an AWS service names the service', () => {
    expect(
      event((body) => void (body.detail['userIdentity'] = { invokedBy: 'cloudformation.amazonaws.com' })),
    ).toMatchObject({ cause: { requestedBy: 'cloudformation.amazonaws.com' } });
  });

  it.each([
    ['', 'not JSON'],
    ['[]', 'not a JSON object'],
    [
      '{"kind":"rolebridge.second-look","ref":{"partition":"aws","accountId":"999999999999","roleName":"x"},"told":""}',
      'names no role of a configured account',
    ],
    ['{"kind":"rolebridge.second-look","ref":null}', 'names no role of a configured account'],
    ['{"source":"rolebridge","detail-type":"Google Access Drift Detected"}', 'the drift names no role'],
    ['{"source":"rolebridge","detail-type":"Google Access Granted"}', 'not a CloudTrail record'],
  ])('%s', (body, reason) => {
    expect(parse(body)).toMatchObject({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });

  it('a second look or drift with odd fields keeps the usable ones', () => {
    const other = `projects/acme-data/serviceAccounts/${reader}`;
    const ref = { partition: 'aws', accountId, roleName: 'reports' };
    expect(parse(JSON.stringify({ kind: secondLookKind, ref, cause: 7, told: 'x' }))).toEqual({
      kind: 'secondLook',
      deferrals: 0,
      ref,
      cause: {},
      reported: 'x',
      events: [],
    });
    const drift = {
      source: 'rolebridge',
      'detail-type': 'Google Access Drift Detected',
      detail: {
        role: ref,
        resources: [
          1,
          'x',
          other,
          // Second names of accounts: the unique id, any project, the project's number, a path.
          'projects/acme-data/serviceAccounts/117123456789012345678',
          `projects/-/serviceAccounts/${reader}`,
          `projects/123456789012/serviceAccounts/${reader}`,
          `projects/../serviceAccounts/${reader}`,
        ],
        strays: [
          7,
          { region: 'us-east-1' },
          { region: 'moon', name: '/a/b' },
          { region: 'us-east-1', name: '/../b' },
          { region: 'us-east-1', name: '/a/b;c' },
          { region: 'us-east-1', name: '/a/b', more: 1 },
        ],
        released: [other, {}],
        mayLeave: [other, 7],
      },
    };
    expect(parse(JSON.stringify(drift))).toMatchObject({
      kind: 'drift',
      resources: [other],
      strays: [
        { region: 'us-east-1', name: '/../b' },
        { region: 'us-east-1', name: '/a/b' },
      ],
      released: [other],
      mayLeave: [other],
    });
    expect(parse(JSON.stringify({ ...drift, detail: { role: ref } }))).toMatchObject({
      kind: 'drift',
      resources: [],
    });
  });

  it('no input makes it throw', () => {
    fc.assert(fc.property(fc.json(), (body) => ['ignored', 'role'].includes(parse(body).kind)));
    fc.assert(
      fc.property(
        fc.anything(),
        (body) => parseRoleEvent(body, [accountId], 'google-access').kind === 'ignored',
      ),
    );
  });
});

it('a second look contains how often configs were left for later', () => {
  const ref = { partition: 'aws', accountId, roleName: 'reports' };
  const body = JSON.stringify({
    kind: secondLookKind,
    ref,
    told: '',
    deferrals: 3,
    released: [readerPolicy],
  });
  expect(parseMessage(body, [accountId], 'google-access')).toMatchObject({
    deferrals: 3,
    released: [readerPolicy],
  });
});
