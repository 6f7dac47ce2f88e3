import fc from 'fast-check';
import { namedKeysOf, parseRoleEvent, readTagEvents, type TagEvent } from '../../shared/core/role-event.ts';
import { accountId, reader, writer } from '../support/settings.ts';

const record = (eventName: string, requestParameters: object, more: object = {}) => ({
  source: 'aws.iam',
  account: accountId,
  region: 'us-east-1',
  detail: {
    eventSource: 'iam.amazonaws.com',
    eventName,
    eventID: 'e-1',
    eventTime: '2026-11-24T09:21:42Z',
    recipientAccountId: accountId,
    requestParameters: { roleName: 'reports', ...requestParameters },
    userIdentity: { arn: 'arn:aws:iam::111122223333:user/alice' },
    ...more,
  },
});
const parse = (...given: Parameters<typeof record>) =>
  parseRoleEvent(record(...given), [accountId], 'google-access');
const keysIn = (...given: Parameters<typeof record>) => {
  const parsed = parse(...given);
  return parsed.kind === 'role' ? parsed.event.keys : parsed.reason;
};
const tags = (...keys: readonly string[]) => ({ tags: keys.map((key) => ({ key, value: reader })) });

describe('the keys of ours that an event names', () => {
  it('come with their values, if it sets them, in their own spelling: another casing than ours is refused', () => {
    const named = {
      tags: [
        { key: 'Google-Access/IN', value: reader },
        { key: 'team', value: 'x' },
      ],
    };
    for (const eventName of ['TagRole', 'CreateRole'])
      expect(keysIn(eventName, named)).toEqual([{ key: 'Google-Access/IN', value: reader }]);
  });

  it('have at most 128 characters, and their values 256, however many UTF-16 units each of them takes', () => {
    const longest = { key: `google-access/${'𐐨'.repeat(114)}`, value: '𐐨'.repeat(256) };
    expect(keysIn('TagRole', { tags: [longest] })).toEqual([longest]);
    for (const tooLong of [
      { ...longest, key: `${longest.key}a` },
      { ...longest, value: `${longest.value}a` },
    ])
      expect(parse('TagRole', { tags: [tooLong] }).kind).toBe('ignored');
  });

  it('come without a value, if it removes them', () => {
    expect(keysIn('UntagRole', { tagKeys: ['GOOGLE-ACCESS', 'team', 7] })).toEqual([
      { key: 'GOOGLE-ACCESS' },
    ]);
  });

  it('have an empty value if the tag has none', () => {
    expect(keysIn('TagRole', { tags: [{ key: 'google-access' }] })).toEqual([
      { key: 'google-access', value: '' },
    ]);
  });

  it('are none for DeleteRole, which ends everything', () => {
    expect(keysIn('DeleteRole', tags('google-access'))).toEqual([]);
  });

  it.each([
    ['TagRole', tags('google-accessory')],
    ['TagRole', tags('Google-Accessory', 'google-access-2', 'team')],
    ['CreateRole', tags('google-accessory/default')],
    ['CreateRole', {}],
    ['TagRole', { tags: 'google-access' }],
    ['TagRole', { tags: ['google-access', { key: 7, value: 'x' }] }],
    ['TagRole', { tagKeys: ['google-access'] }],
    ['UntagRole', { tagKeys: ['google-accessory', 'GOOGLE-ACCESSORY/default'] }],
    ['UntagRole', tags('google-access')],
  ])('are none in %s, which is ignored: %j', (eventName, parameters) => {
    expect(keysIn(eventName, parameters)).toBe(`the ${eventName} record names no key of ours`);
  });

  it('are within the limits of IAM: 50 keys of 128 characters, values of 256', () => {
    const many = Array.from({ length: 60 }, (_, index) => `google-access/${index}`);
    expect(keysIn('TagRole', tags(...many))).toHaveLength(50);
    const long = { tags: [{ key: `google-access/${'a'.repeat(115)}`, value: reader }] };
    expect(keysIn('TagRole', long)).toBe('the TagRole record names no key of ours');
    const value = { tags: [{ key: 'google-access', value: 'a'.repeat(257) }] };
    expect(keysIn('TagRole', value)).toBe('the TagRole record names no key of ours');
  });

  it('a text that is too long to be a caller, an id or a time is left out', () => {
    const wrong = { eventID: 'e'.repeat(65), eventTime: 'soon', userIdentity: { arn: 'a'.repeat(2049) } };
    expect(parse('TagRole', tags('google-access'), wrong)).toMatchObject({
      cause: { eventName: 'TagRole' },
      event: { eventName: 'TagRole', keys: [{ key: 'google-access', value: reader }] },
    });
    const parsed = parse('TagRole', tags('google-access'), wrong);
    expect(parsed.kind === 'role' && Object.keys(parsed.event)).toEqual(['eventName', 'keys']);
  });
});

describe('the events that a second look carries', () => {
  const event: TagEvent = {
    eventName: 'TagRole',
    eventId: 'e-1',
    eventTime: '2026-11-24T09:21:42Z',
    requestedBy: 'alice',
    keys: [{ key: 'google-access', value: writer }],
  };

  it('are read as they were written', () => {
    const untag: TagEvent = { eventName: 'UntagRole', keys: [{ key: 'google-access/in' }] };
    const sent: unknown = JSON.parse(JSON.stringify([event, untag]));
    expect(readTagEvents(sent, 'google-access')).toEqual([event, untag]);
  });

  it('an item that is not an event is left out', () => {
    const forged = [7, {}, { ...event, eventName: 'AttachRolePolicy' }, { ...event, keys: 7 }];
    expect(
      readTagEvents([...forged, { ...event, keys: [{ key: 'team', value: 'x' }, 'x'] }], 'google-access'),
    ).toEqual([{ ...event, keys: [] }]);
    for (const none of [undefined, 'x', {}]) expect(readTagEvents(none, 'google-access')).toEqual([]);
    expect(
      readTagEvents(
        Array.from({ length: 200 }, () => event),
        'google-access',
      ),
    ).toHaveLength(100);
  });

  it('no input makes it throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => Array.isArray(readTagEvents(value, 'google-access'))));
  });
});

describe('the grants that events name', () => {
  const named = (eventName: TagEvent['eventName'], ...keys: readonly string[]): TagEvent => ({
    eventName,
    keys: keys.map((key) => ({ key })),
  });

  it('are those of their keys, each once in any casing', () => {
    expect(namedKeysOf([named('TagRole', 'a', 'B'), named('UntagRole', 'b', 'c')])).toEqual(['a', 'b', 'c']);
    expect(namedKeysOf([])).toEqual([]);
  });

  it.each(['DeleteRole', 'CreateRole'] as const)('are all of the role, if one of them is %s', (eventName) => {
    expect(namedKeysOf([named('TagRole', 'a'), named(eventName, 'b')])).toBe('all');
  });
});
