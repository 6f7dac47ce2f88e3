import fc from 'fast-check';
import { stringify } from 'yaml';
import { checkParameter } from '../../local/aws/parameter-check.ts';
import { parseSettings } from '../../shared/config/config.ts';
import { parameterName } from '../../shared/core/grant-parameters.ts';
import { longPrefixError, manyPrefixesError } from '../../shared/core/parameter-limits.ts';
import { accountId, settings } from '../support/settings.ts';

const { formerParameterPrefixes: _, ...plain } = settings;
const region = 'us-east-1';

const isAccepted = (parameterPrefix: string): boolean => {
  try {
    parseSettings(stringify({ ...plain, regions: [region], parameterPrefix }));
    return true;
  } catch {
    return false;
  }
};

/** Whether AWS's rules, in the local AWS, allow every name that can be needed below a prefix. */
const isWritable = (parameterPrefix: string): boolean => {
  const name = parameterName(parameterPrefix, { roleName: '+'.repeat(64) }, 'g'.repeat(32));
  try {
    checkParameter({ Name: name, Value: '{}' }, `arn:aws:ssm:${region}:${accountId}:parameter${name}`);
    return true;
  } catch {
    return false;
  }
};

describe('a parameterPrefix is accepted exactly if Parameter Store accepts the longest name below it', () => {
  it.each(['/google-access', '/AwsTeam/x', '/SSMx', `/${'x'.repeat(740)}`, `/${'x'.repeat(741)}`])(
    '%#',
    (prefix) => expect(isAccepted(prefix)).toBe(isWritable(prefix)),
  );

  it('of any text that begins with a slash', () => {
    const level = fc.oneof(
      { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/) },
      fc.constantFrom('aws', 'AWS', 'ssm', 'Ssm-x', 'awx', '', ' ', 'ü', '{', 'x'.repeat(300)),
    );
    const prefix = fc.array(level, { minLength: 1, maxLength: 16 }).map((levels) => `/${levels.join('/')}`);
    fc.assert(fc.property(prefix, (text) => expect(isAccepted(text)).toBe(isWritable(text))));
  });
});

describe('formerParameterPrefixes have less room', () => {
  const accountsOf = (count: number) =>
    Array.from({ length: count }, (__, index) => ({ id: String(500_000_000_000 + index), provider: 'p' }));
  /** How many prefixes of 10 characters fit. */
  const room = (changes: Partial<Parameters<typeof manyPrefixesError>[0]>): number => {
    const error = (count: number) =>
      manyPrefixesError({
        ...settings,
        formerParameterPrefixes: Array.from({ length: count }, () => '/0123456789'),
        ...changes,
      });
    let count = 0;
    while (error(count + 1) === undefined) count += 1;
    return count;
  };

  it('with several accounts, and the least if the policy lists them', () => {
    const one = room({});
    const ofOrganization = room({ accounts: accountsOf(100), organization: 'o-a1b2c3d4e5' });
    const listed = room({ accounts: accountsOf(100) });
    expect(ofOrganization).toBe(room({ accounts: accountsOf(1_000), organization: 'o-a1b2c3d4e5' }));
    expect(one).toBeGreaterThan(ofOrganization);
    expect(ofOrganization).toBeGreaterThan(listed);
    expect(listed).toBeGreaterThan(5);
  });
});

it('a status needs seven more characters than its config', () => {
  const longest = (hasStatuses: boolean): number => {
    let length = 1;
    while (longPrefixError('x'.repeat(length), [region], hasStatuses) === undefined) length += 1;
    return length;
  };
  expect(longest(false) - longest(true)).toBe('.status'.length);
});
