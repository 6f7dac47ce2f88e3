import { readFileSync } from 'node:fs';
import { compilePattern } from '../../local/aws/event-pattern.ts';
import { readTemplate } from '../../local/stack/template.ts';

const template = readTemplate('.serverless/cloudformation-template-update-stack.json', {
  accountId: '111122223333',
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
});
const pattern = (name: string) =>
  template.resources.find(({ properties }) => properties['Name'] === name)?.properties['EventPattern'];
const bodyOf = (sample: string): { detail: { requestParameters: Record<string, unknown> } } =>
  JSON.parse(
    (JSON.parse(readFileSync(`events/${sample}.json`, 'utf8')) as { Records: { body: string }[] }).Records[0]
      ?.body ?? '',
  ) as never;

describe('the rules of the packaged stack', () => {
  it.each([
    ['tag-role', true],
    ['untag-role', true],
    ['create-role', true],
    ['delete-role', true],
    ['tag-role-access-denied', false],
    ['tag-role-no-such-entity', false],
    ['drift', false],
  ])('%s brings a role event: %s', (sample, matches) => {
    expect(compilePattern(pattern('rolebridge-prod-role-events'))(bodyOf(sample))).toBe(matches);
  });

  it('drift arrives by a rule of its own', () => {
    expect(compilePattern(pattern('rolebridge-prod-drift'))(bodyOf('drift'))).toBe(true);
    expect(compilePattern(pattern('rolebridge-prod-drift'))(bodyOf('tag-role'))).toBe(false);
  });

  it('other tags, and calls that name no tag of ours, are filtered out; a wrong casing passes, and is refused with a reason', () => {
    const tagged = (parameters: object) => ({
      ...bodyOf('tag-role'),
      detail: { ...bodyOf('tag-role').detail, requestParameters: parameters },
    });
    const matches = (parameters: object) =>
      compilePattern(pattern('rolebridge-prod-role-events'))(tagged(parameters));
    expect(matches({ roleName: 'x', tags: [{ key: 'Team', value: 'y' }] })).toBe(false);
    expect(
      matches({
        roleName: 'x',
        tags: [
          { key: 'Team', value: 'y' },
          { key: 'GOOGLE-ACCESS/x', value: 'y' },
        ],
      }),
    ).toBe(true);
    expect(matches({ roleName: 'x' })).toBe(false);
  });

  it('the queue and its dead-letter queue accept events of these two rules alone, and are encrypted', () => {
    const policies = template.resources.filter(({ type }) => type === 'AWS::SQS::QueuePolicy');
    expect(policies).toHaveLength(2);
    for (const { properties } of policies)
      expect(JSON.stringify(properties)).toContain(
        '"aws:SourceArn":["arn:aws:events:us-east-1:111122223333:rule/rolebridge-prod-role-events","arn:aws:events:us-east-1:111122223333:rule/rolebridge-prod-drift"]',
      );
    const queues = template.resources.filter(({ type }) => type === 'AWS::SQS::Queue');
    expect(queues.map(({ properties }) => properties['SqsManagedSseEnabled'])).toEqual([true, true]);
  });
});
