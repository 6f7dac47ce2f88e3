import { readFileSync } from 'node:fs';
import { compilePattern } from '../../local/aws/event-pattern.ts';
import { roleEventPattern } from '../../shared/core/role-event-pattern.ts';

const matches = compilePattern(roleEventPattern('google-access'));
/** The event in a message of the queue. */
const recorded = (sample: string): { readonly detail: object } =>
  JSON.parse(
    (JSON.parse(readFileSync(`events/${sample}.json`, 'utf8')) as { Records: { body: string }[] }).Records[0]
      ?.body ?? '',
  ) as { readonly detail: object };

it.each([
  ['tag-role', true],
  ['untag-role', true],
  ['create-role', true],
  ['delete-role', true],
  // Calls that failed changed nothing.
  ['tag-role-access-denied', false],
  ['tag-role-no-such-entity', false],
])('of the recorded events, %s: %s', (name, isMatch) => {
  expect(matches(recorded(name))).toBe(isMatch);
});

it('matches our key in any casing and with any grant, and no other key', () => {
  const tagged = (key: string) => {
    const event = recorded('tag-role');
    const tags = [
      { key: 'team', value: 'data' },
      { key, value: 'x' },
    ];
    return { ...event, detail: { ...event.detail, requestParameters: { roleName: 'reports', tags } } };
  };
  const keys = ['google-access', 'Google-Access', 'GOOGLE-ACCESS/night', 'google-acces', 'my-google-access'];
  expect(keys.filter((key) => matches(tagged(key)))).toEqual(keys.slice(0, 3));
});
