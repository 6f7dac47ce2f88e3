import { matchesPattern } from '../../local/aws/event-pattern.ts';

/** The examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
describe('event patterns', () => {
  it.each<[object, object, boolean]>([
    [{ source: ['aws.iam'] }, { source: 'aws.iam' }, true],
    [{ source: ['aws.iam'] }, { source: 'aws.ec2' }, false],
    [{ a: { b: ['x', 'y'] } }, { a: { b: 'y' } }, true],
    [{ a: { b: ['x'] } }, { a: 'x' }, false],
    [
      { keys: [{ prefix: { 'equals-ignore-case': 'google-access' } }] },
      { keys: ['Team', 'Google-Access/x'] },
      true,
    ],
    [
      { keys: [{ prefix: { 'equals-ignore-case': 'google-access' } }] },
      { keys: ['my-google-access'] },
      false,
    ],
    [{ tags: { key: [{ prefix: 'google' }] } }, { tags: [{ key: 'Team' }, { key: 'google-access' }] }, true],
    [{ tags: { key: [{ prefix: 'google' }] } }, { tags: null }, false],
    [{ a: [{ suffix: 'z' }] }, { a: 'xyz' }, true],
    [{ a: [{ 'equals-ignore-case': 'ABC' }] }, { a: 'abc' }, true],
    [{ a: [{ 'anything-but': ['x'] }] }, { a: 'y' }, true],
    [{ a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
    [{ errorCode: [{ exists: false }] }, {}, true],
    [{ errorCode: [{ exists: false }] }, { errorCode: 'AccessDenied' }, false],
    [{ a: [{ exists: true }] }, { a: 'x' }, true],
    [{ a: [null] }, { a: null }, true],
    [{ $or: [{ a: ['1'] }, { b: ['2'] }] }, { b: '2' }, true],
    [{ $or: [{ a: ['1'] }, { b: ['2'] }] }, { c: '3' }, false],
  ])('%j on %j: %s', (pattern, event, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  it('an operator that it does not know is no silent match', () => {
    expect(() => matchesPattern({ a: [{ cidr: '10.0.0.0/8' }] }, { a: 'x' })).toThrow(
      /does not know the pattern operator cidr/,
    );
  });
});
