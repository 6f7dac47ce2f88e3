import { AwsError } from './call.ts';
import { compilePattern } from './event-pattern.ts';
import { vectors } from './event-pattern-vectors.json';

const answerOf = (pattern: unknown, event: unknown): boolean | 'invalid pattern' => {
  try {
    return compilePattern(pattern)(event);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidEventPatternException') return 'invalid pattern';
    throw error;
  }
};

describe("the answers of AWS's own rule engine", () => {
  it.each(vectors)('$name: $expected', ({ pattern, event, expected }) => {
    expect(answerOf(pattern, event)).toBe(expected);
  });
});

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
    // One tag must match both: the key of one tag and the value of another do not match.
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
    expect(compilePattern(pattern)(event)).toBe(matches);
  });
});

/** Derived from the engine's source: https://github.com/aws/event-ruler */
describe('neighbors of the vectors', () => {
  it.each<[string, object, object, boolean]>([
    ['cidr: the last address', { a: [{ cidr: '10.0.0.0/8' }] }, { a: '10.255.255.255' }, true],
    ['cidr: the first address outside', { a: [{ cidr: '10.0.0.0/8' }] }, { a: '11.0.0.0' }, false],
    ['cidr: host bits of the pattern do not count', { a: [{ cidr: '10.9.9.9/8' }] }, { a: '10.0.0.1' }, true],
    ['cidr: every IPv4 address', { a: [{ cidr: '0.0.0.0/0' }] }, { a: '203.0.113.7' }, true],
    ['cidr: no address', { a: [{ cidr: '10.0.0.0/8' }] }, { a: '10.1.2' }, false],
    ['cidr: no text', { a: [{ cidr: '10.0.0.0/8' }] }, { a: 10 }, false],
    ['cidr: IPv6', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db8:ffff::1' }, true],
    ['cidr: IPv6 outside', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db9::1' }, false],
    ['cidr: IPv4 is not in an IPv6 range', { a: [{ cidr: '::/0' }] }, { a: '10.0.0.1' }, false],
    ['cidr in an array', { a: [{ cidr: '10.0.0.0/8' }] }, { a: ['x', '10.0.0.1'] }, true],
    ['an address as a value, in another spelling', { a: ['::1'] }, { a: '0:0:0:0:0:0:0:1' }, true],
    ['an address as a value, and another address', { a: ['10.0.0.1'] }, { a: '10.0.0.2' }, false],
    ['numeric range: the open bound', { a: [{ numeric: ['>', 0, '<', 5] }] }, { a: 5 }, false],
    ['numeric range: the closed bounds', { a: [{ numeric: ['>=', 0, '<=', 5] }] }, { a: 0 }, true],
    ['numeric range: in an array', { a: [{ numeric: ['>', 0, '<', 5] }] }, { a: [9, 4.5] }, true],
    ['numeric: less than', { a: [{ numeric: ['<', -1.5] }] }, { a: -2 }, true],
    ['anything-but numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 3 }, true],
    ['anything-but one number', { a: [{ 'anything-but': 1 }] }, { a: 1 }, false],
    ['anything-but: a leaf of another type', { a: [{ 'anything-but': ['1'] }] }, { a: 1 }, true],
    ['anything-but: null', { a: [{ 'anything-but': ['1'] }] }, { a: null }, true],
    ['anything-but suffix', { a: [{ 'anything-but': { suffix: '.png' } }] }, { a: 'x.png' }, false],
    ['anything-but suffixes', { a: [{ 'anything-but': { suffix: ['.a', '.b'] } }] }, { a: 'x.c' }, true],
    [
      'anything-but equals-ignore-case',
      { a: [{ 'anything-but': { 'equals-ignore-case': ['X', 'y'] } }] },
      { a: 'Y' },
      false,
    ],
    ['anything-but wildcard', { a: [{ 'anything-but': { wildcard: '*/x' } }] }, { a: 'a/x' }, false],
    ['exists beside a value: absent', { a: [{ exists: false }, 'x'] }, {}, true],
    ['exists beside a value: the value', { a: [{ exists: false }, 'x'] }, { a: 'x' }, true],
    ['exists beside a value: another value', { a: [{ exists: false }, 'x'] }, { a: 'y' }, false],
    ['exists false of an inner field', { a: { b: [{ exists: false }] } }, { a: { c: 1 } }, true],
    [
      'exists true in an array of objects',
      { a: { b: [{ exists: true }] } },
      { a: [{ c: 1 }, { b: 1 }] },
      true,
    ],
    [
      'exists false in an array of objects',
      { a: { b: [{ exists: false }] } },
      { a: [{ c: 1 }, { b: 1 }] },
      false,
    ],
    [
      'exists false is decided before a later field chooses the element',
      { tags: { a: [{ exists: false }], k: ['x'] } },
      { tags: [{ k: 'x' }, { k: 'y', a: '1' }] },
      false,
    ],
    ['prefix of an array of arrays', { a: [{ prefix: 'x' }] }, { a: [['y'], [['xy']]] }, true],
    [
      'arrays in arrays choose their elements too',
      { a: { b: { k: ['x'], v: ['2'] } } },
      { a: [{ b: [{ k: 'x', v: '1' }] }, { b: [{ k: 'y', v: '2' }] }] },
      false,
    ],
    ['values of two arrays are free', { a: ['x'], b: ['2'] }, { a: ['w', 'x'], b: ['1', '2'] }, true],
    ['a name with a dot is a path', { 'a.b': ['x'] }, { a: { b: 'x' } }, true],
    ['equals-ignore-case is the whole text', { a: [{ 'equals-ignore-case': 'ab' }] }, { a: 'abc' }, false],
    [
      '$or inside a field, with the same array element',
      { tags: { k: ['a'], $or: [{ v: ['1'] }, { w: ['1'] }] } },
      { tags: [{ k: 'a' }, { v: '1' }, { w: '1' }] },
      false,
    ],
    [
      '$or inside $or',
      { $or: [{ a: ['1'] }, { b: ['2'], $or: [{ c: ['3'] }, { d: ['4'] }] }] },
      { b: '2', d: '4' },
      true,
    ],
    ['two alternatives of one $or both match', { $or: [{ a: ['1'] }, { a: ['1'] }] }, { a: '1' }, true],
  ])('%s', (_, pattern, event, matches) => {
    expect(compilePattern(pattern)(event)).toBe(matches);
  });

  it.each<[unknown, string]>([
    ['x', 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ a: {} }, 'Empty objects are not allowed'],
    [{ a: [] }, 'Empty arrays are not allowed'],
    [{ a: 'x' }, '"a" must be an object or an array'],
    [{ a: [['x']] }, 'Match value must be String, number, true, false, or null'],
    [{ a: [{}] }, 'Match expression name not found'],
    [{ a: [{ startswith: 'x' }] }, 'Unrecognized match type startswith'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'Only one key allowed in match expression'],
    [{ a: [{ prefix: 5 }] }, 'prefix match pattern must be a string'],
    [{ a: [{ suffix: ['x'] }] }, 'suffix match pattern must be a string'],
    [{ a: [{ prefix: { wildcard: 'x' } }] }, 'Unsupported prefix pattern: wildcard'],
    [{ a: [{ 'equals-ignore-case': 1 }] }, 'equals-ignore-case match pattern must be a string'],
    [{ a: [{ exists: 'true' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ numeric: 5 }] }, 'Value of numeric must be an array.'],
    [{ a: [{ numeric: ['>'] }] }, 'Value of > must be numeric'],
    [{ a: [{ numeric: ['!', 1] }] }, 'Unrecognized numeric range operator: !'],
    [{ a: [{ numeric: [5] }] }, 'Invalid member in numeric match: 5'],
    [{ a: [{ numeric: ['<', 5, '>', 1] }] }, 'Too many elements in numeric expression'],
    [{ a: [{ numeric: ['>', 5, '>', 6] }] }, 'Bad numeric range operator: >'],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, 'Bottom must be less than top'],
    [
      { a: [{ 'anything-but': ['x', 1] }] },
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    ],
    [{ a: [{ 'anything-but': [null] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
    [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'Unsupported anything-but pattern: numeric'],
    [{ a: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] }, 'Only one key allowed in match expression'],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ a: [{ wildcard: 'a**' }] }, 'Consecutive wildcard characters'],
    [{ a: [{ wildcard: String.raw`a\b` }] }, 'Invalid escape character'],
    [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
    [{ a: [{ cidr: '10.0.0.0/x' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ a: [{ cidr: '10.0.0/8' }] }, 'Nonstandard IP address: 10.0.0'],
    [{ a: [{ cidr: '10.0.0.0/32' }] }, 'IPv4 mask bits must be < 32'],
    [{ a: [{ cidr: '::1/128' }] }, 'IPv6 mask bits must be < 128'],
    [{ $or: { a: ['x'] } }, 'It must be an Array followed with $or.'],
    [{ $or: ['x', { a: ['x'] }] }, 'Only JSON object is allowed in array of $or relationship.'],
    [{ $or: [{ a: ['x'] }] }, 'There must have at least 2 Objects in $or relationship.'],
    [
      { $or: [{ prefix: ['x'] }, { a: ['x'] }] },
      'prefix is Ruler reserved fieldName which cannot be used inside $or.',
    ],
  ])('%j is refused with the reason', (pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(
      new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`),
    );
  });
});
