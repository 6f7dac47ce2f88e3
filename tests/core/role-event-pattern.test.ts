import { compilePattern } from '../../local/aws/event-pattern.ts';
import { roleEventPattern } from '../../shared/core/role-event-pattern.ts';

/** The recorded events are tested with the packaged rule: tests/e2e/rules.test.ts. */
const matches = compilePattern(roleEventPattern('google-access'));
const tagRole = (key: string, more: object = {}) => ({
  source: 'aws.iam',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventSource: 'iam.amazonaws.com',
    eventName: 'TagRole',
    requestParameters: {
      roleName: 'reports',
      tags: [
        { key: 'team', value: 'data' },
        { key, value: 'x' },
      ],
    },
    ...more,
  },
});

it('matches our key in any casing and with any grant, and no other key', () => {
  const keys = ['google-access', 'Google-Access', 'GOOGLE-ACCESS/night', 'google-acces', 'my-google-access'];
  expect(keys.filter((key) => matches(tagRole(key)))).toEqual(keys.slice(0, 3));
});

it('matches no call that failed', () => {
  expect(matches(tagRole('google-access', { errorCode: 'AccessDenied' }))).toBe(false);
});
