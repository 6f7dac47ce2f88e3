import { maxDeferrals } from '../../shared/core/change.ts';
import { parseMessage, secondLookKind } from '../../shared/core/message.ts';
import { accountId } from '../support/settings.ts';

const role = { partition: 'aws', accountId, roleName: 'reports' };
const drift = (detail: Readonly<Record<string, unknown>>) =>
  parseMessage(
    JSON.stringify({
      source: 'rolebridge',
      'detail-type': 'Google Access Drift Detected',
      detail: { role, ...detail },
    }),
    [accountId],
    'google-access',
  );
const secondLook = (fields: Readonly<Record<string, unknown>>) =>
  parseMessage(
    JSON.stringify({ kind: secondLookKind, ref: role, told: 'x', ...fields }),
    [accountId],
    'google-access',
  );

// Anyone who can send to the queue or the bus could forge these.
describe('invariant 9: the limits of a message of our own', () => {
  const arn = (session: string, start = 'arn:aws:sts'): string =>
    `${start}::${accountId}:assumed-role/Admin/${session}`;

  it.each([
    ['alice', arn('alice')],
    ['a name of 1,024 characters', arn('x'.repeat(1024 - 'assumed-role/Admin/'.length))],
    ['a user in another partition', `arn:aws-us-gov:iam::${accountId}:user/alice`],
  ])('an answer names its caller: %s', (_, answeredBy) => {
    expect(drift({ answeredBy })).toMatchObject({ cause: { answeredBy } });
  });

  it.each([
    ['a name of 1,025 characters', arn('x'.repeat(1025 - 'assumed-role/Admin/'.length))],
    ['text before the ARN', `see ${arn('alice')}`],
    ['text after the ARN', `${arn('alice')} (he said)`],
    ['another service', arn('alice', 'arn:aws:s3')],
    ['a partition with a digit', arn('alice', 'arn:aws1:sts')],
    ['a list', [arn('alice')]],
  ])('%s is not a caller', (_, answeredBy) => {
    expect(drift({ answeredBy })).toMatchObject({
      kind: 'drift',
      cause: { eventName: 'Google Access Drift Detected' },
    });
    expect(drift({ answeredBy })).not.toHaveProperty('cause.answeredBy');
  });

  it('a drift names at most five answers', () => {
    const answers = Array.from({ length: 9 }, (_, index) => `forget#project#acme-${index}`);
    expect(drift({ answers })).toMatchObject({ answers: answers.slice(0, 5) });
  });

  it.each([[['forget#project#acme-old']], [{ length: 1, 0: 'forget#project#acme-old' }], ['forget']])(
    'an answer is a text: %j is not',
    (answer) => {
      expect(drift({ answers: [answer] })).toMatchObject({ answers: [] });
    },
  );

  it.each([0, 1, maxDeferrals])('configs were deferred %d times', (deferrals) => {
    expect(secondLook({ deferrals })).toMatchObject({ deferrals });
  });

  it.each([-1, maxDeferrals + 1, 0.5, '1', [1], null, true])(
    'configs were not deferred %j times',
    (deferrals) => {
      expect(secondLook({ deferrals })).toMatchObject({ kind: 'secondLook', deferrals: 0 });
    },
  );

  it('a text of a cause has at most 2,048 characters', () => {
    const longest = 'x'.repeat(2048);
    expect(secondLook({ cause: { eventId: longest } })).toMatchObject({ cause: { eventId: longest } });
    expect(secondLook({ cause: { eventId: `${longest}x`, eventName: 'TagRole' } })).toMatchObject({
      cause: { eventName: 'TagRole' },
    });
    expect(secondLook({ cause: { eventId: `${longest}x` } })).not.toHaveProperty('cause.eventId');
  });
});
