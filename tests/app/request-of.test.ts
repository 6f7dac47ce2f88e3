import { readFileSync } from 'node:fs';
import { deliveryOf, requestOf } from '../../shared/app/request-of.ts';
import { parseMessage } from '../../shared/core/message.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, reader, reports } from '../support/settings.ts';

const readerPolicy = serviceAccountResource(reader);

const messageWith = (tags: unknown) => {
  const sample = JSON.parse(readFileSync('events/tag-role.json', 'utf8')) as { Records: [{ body: string }] };
  const body = JSON.parse(sample.Records[0].body) as { detail: { requestParameters: { tags: unknown } } };
  body.detail.requestParameters.tags = tags;
  const message = parseMessage(JSON.stringify(body), [accountId]);
  if (message.kind === 'ignored') throw new Error(message.reason);
  return message;
};

describe('a role event', () => {
  it('that comes back is looked at where its tags point: a function that died may have bound there', () => {
    const message = messageWith([{ key: 'google-access', value: ` ${reader} until 2026-12-31` }]);
    expect(requestOf(message, 'again').lookedAt).toEqual([readerPolicy]);
    expect(requestOf(message, 'first').lookedAt).toEqual([]);
  });

  it.each([
    undefined,
    'x',
    [7],
    [{ key: 'google-access' }],
    [{ key: 'team', value: 'data' }],
    [{ key: 'google-access', value: 'Reader@ACME.iam.gserviceaccount.com' }],
    [{ key: 'google-access', value: 'a@b.iam.gserviceaccount.com.example.com' }],
    [{ key: 'google-access', value: 'a@../b.gserviceaccount.com' }],
  ])('whose tags name no account points nowhere: %j', (tags) => {
    expect(requestOf(messageWith(tags), 'again').lookedAt).toEqual([]);
  });
});

it.each([
  [1, 'first'],
  [2, 'again'],
  [7, 'again'],
  [8, 'last'],
  [9, 'last'],
])('receive %i of 8 is the %s', (receives, delivery) => expect(deliveryOf(receives, 8)).toBe(delivery));

describe('what each kind of message asks for', () => {
  const ref = reports;
  const cause = { eventId: 'e-1' };
  const nothing = { resources: [], lookedAt: [], strays: [], delivery: 'first' };

  it('a role event may take anything away, and is looked at again in two minutes', () => {
    expect(requestOf({ kind: 'role', ref, cause, named: [readerPolicy] }, 'first')).toEqual({
      ...nothing,
      ref,
      cause,
      look: 'first',
      mayRevoke: 'everything',
      wantsSecondLook: true,
    });
  });

  it('a second look is the last, and looks where the first one did', () => {
    const look = { kind: 'secondLook', ref, cause, told: 'x', lookedAt: [readerPolicy] } as const;
    expect(requestOf(look, 'again')).toEqual({
      ...nothing,
      ref,
      cause,
      look: 'second',
      told: 'x',
      lookedAt: [readerPolicy],
      mayRevoke: 'everything',
      delivery: 'again',
      wantsSecondLook: false,
    });
  });

  it('a drift may take away what the sweep released, and no more', () => {
    const strays = [{ region: 'eu-west-3', name: '/google-access/reports/default' }];
    const drift = {
      kind: 'drift',
      ref,
      cause,
      resources: [readerPolicy],
      strays,
      released: [readerPolicy],
    } as const;
    expect(requestOf(drift, 'first')).toEqual({
      ...nothing,
      ref,
      cause,
      look: 'first',
      resources: [readerPolicy],
      strays,
      mayRevoke: [readerPolicy],
      wantsSecondLook: false,
    });
  });
});
