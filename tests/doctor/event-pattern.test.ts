import { patternMatches } from '../../shared/doctor/event-pattern.ts';

const event = {
  source: 'aws.iam',
  detail: {
    eventName: 'TagRole',
    count: 3,
    requestParameters: { tags: [{ key: 'team' }, { key: 'Google-Access' }, 'odd'] },
  },
};
const tags = (operator: unknown) => ({ detail: { requestParameters: { tags: { key: [operator] } } } });

describe('a pattern lets an event pass', () => {
  it.each<[string, Record<string, unknown>]>([
    ['exactly', { source: ['aws.s3', 'aws.iam'] }],
    ['by a number', { detail: { count: [3] } }],
    ['by a field that is not there', { detail: { errorCode: [{ exists: false }] } }],
    ['by one that is', { detail: { eventName: [{ exists: true }] } }],
    ['by a prefix, in any element of an array', tags({ prefix: 'te' })],
    ['by a prefix in any casing', tags({ prefix: { 'equals-ignore-case': 'google-a' } })],
    ['by a suffix', tags({ suffix: 'Access' })],
    ['in any casing', tags({ 'equals-ignore-case': 'GOOGLE-ACCESS' })],
    ['by what it is not', { source: [{ 'anything-but': 'aws.s3' }] }],
    ['by none of a list', { source: [{ 'anything-but': ['aws.s3', 'aws.ec2'] }] }],
    ['by one of several patterns', { $or: [{ source: ['x'] }, { detail: { eventName: ['TagRole'] } }] }],
    ['without a pattern', {}],
  ])('%s', (_, pattern) => {
    expect(patternMatches(pattern, event)).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another value', { source: ['aws.s3'] }],
    ['a field that is there', { detail: { eventName: [{ exists: false }] } }],
    ['a field that is not there', { detail: { other: ['x'] } }],
    ['another prefix', tags({ prefix: 'google' })],
    ['a prefix of a number', { detail: { count: [{ prefix: '3' }] } }],
    ['an operand of no known form', tags({ prefix: { wildcard: 'g*' } })],
    ['an operand that is no text', tags({ prefix: 3 })],
    ['what it must not be', { source: [{ 'anything-but': 'aws.iam' }] }],
    ['none of several patterns', { $or: [{ source: ['x'] }, 'odd'] }],
    ['a malformed $or', { $or: 'odd' }],
    ['a malformed field', { source: 'aws.iam' }],
  ])('but not by %s', (_, pattern) => {
    expect(patternMatches(pattern, event)).toBe(false);
  });

  it.each([
    ['the operator wildcard', tags({ wildcard: 'g*' })],
    ['an operator inside anything-but', tags({ 'anything-but': { prefix: 'g' } })],
  ])('and says so of %s, which it does not know', (what, pattern) => {
    expect(() => patternMatches(pattern, event)).toThrow(what);
  });
});
