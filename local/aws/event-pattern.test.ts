import { matchesPattern } from './event-pattern.ts';

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
    [{ x: ['1'], $or: [{ a: ['1'] }, { b: ['2'] }] }, { a: '1' }, false],
    [{ a: [{ wildcard: 'arn:*:role/*x' }] }, { a: 'arn:aws:role/a/x' }, true],
    [{ a: [{ wildcard: 'a.b*' }] }, { a: 'axb' }, false],
    [{ a: [{ wildcard: 'a\\*' }] }, { a: 'a*' }, true],
    [{ a: [{ wildcard: 'a\\*' }] }, { a: 'ab' }, false],
    [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
    [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
    [{ a: [{ numeric: ['=', 5] }] }, { a: '5' }, false],
    [{ a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'y' }, true],
    [{ a: [{ 'anything-but': { prefix: ['w', 'x'] } }] }, { a: 'xy' }, false],
    [{ a: [{ 'anything-but': 'x' }] }, {}, false],
    // One tag must have both: the key of one and the value of another are no match.
    [
      { tags: { key: ['k'], value: ['v'] } },
      {
        tags: [
          { key: 'k', value: 'w' },
          { key: 'l', value: 'v' },
        ],
      },
      false,
    ],
    [{ a: [{ exists: true }] }, { a: [] }, false],
    [{ a: [{ exists: false }] }, { a: { b: 1 } }, true],
    [{ a: [1, true] }, { a: true }, true],
    [{ a: ['1'] }, { a: 1 }, false],
  ])('%j on %j: %s', (pattern, event, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  it.each<[object, object, RegExp]>([
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, { a: 'x' }, /a rule has one operator/],
    [{ a: [{ numeric: ['>'] }] }, { a: 1 }, /pairs/],
    [{ a: [{ numeric: ['!', 1] }] }, { a: 1 }, /does not know !/],
    [{ a: [{ prefix: 5 }] }, { a: 'x' }, /not an operand/],
  ])('%j is no pattern (%j)', (pattern, event, reason) => {
    expect(() => matchesPattern(pattern, event)).toThrow(reason);
  });

  it('an operator that it does not know is no silent match', () => {
    expect(() => matchesPattern({ a: [{ cidr: '10.0.0.0/8' }] }, { a: 'x' })).toThrow(
      /does not know the pattern operator cidr/,
    );
  });
});
