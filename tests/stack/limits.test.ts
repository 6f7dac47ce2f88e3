import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  fields,
  items,
  type Resource,
  readTemplate,
  resourcesOf,
  type Template,
} from '../../local/stack/template.ts';
import { packageWith } from '../support/package-with.ts';
import { accountId } from '../support/settings.ts';

const settings = parse(readFileSync('rolebridge.yml', 'utf8')) as Readonly<Record<string, unknown>>;
const longest = 'x'.repeat(37);
let folder: string;
let template: Template;
beforeAll(async () => {
  const outcomes = ['Granted', 'Revoked', 'Refused', 'Failed', 'Forgotten', 'Revocations Held'];
  folder = await packageWith(
    stringify({
      ...settings,
      regions: ['us-east-1'],
      tagKey: 'k'.repeat(95),
      parameterPrefix: `/${'p'.repeat(740)}`,
      formerParameterPrefixes: [`/${'f'.repeat(875)}`],
      notifications: { email: 'ops@example.com', outcomes },
    }),
    longest,
  );
  template = readTemplate(join(folder, 'cloudformation-template-update-stack.json'), {
    accountId,
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1',
  });
});
afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

/** For each kind of named resource: the property, and the names that AWS accepts for it. */
const forms: Readonly<Record<string, readonly [property: string, form: RegExp]>> = {
  'AWS::Events::Rule': ['Name', /^[.\-_A-Za-z0-9]{1,64}$/],
  'AWS::IAM::Role': ['RoleName', /^[\w+=,.@-]{1,64}$/],
  'AWS::Lambda::Function': ['FunctionName', /^[a-zA-Z0-9-_]{1,64}$/],
  'AWS::SQS::Queue': ['QueueName', /^[\w-]{1,80}$/],
  'AWS::SNS::Topic': ['TopicName', /^[\w-]{1,256}$/],
  'AWS::CloudWatch::Alarm': ['AlarmName', /^.{1,255}$/],
  'AWS::CloudWatch::Dashboard': ['DashboardName', /^[\w-]{1,255}$/],
  'AWS::Logs::LogGroup': ['LogGroupName', /^[.\-_/#A-Za-z0-9]{1,512}$/],
};

describe('with the longest stage, tag key and prefixes that we accept, AWS accepts', () => {
  it('every name', () => {
    const named = template.resources.flatMap((resource) => {
      const [property, form] = forms[resource.type] ?? [];
      return property === undefined || form === undefined
        ? []
        : [{ name: String(resource.properties[property]), form }];
    });
    expect(named.length).toBeGreaterThan(20);
    for (const { name, form } of named) expect(name).toMatch(form);
    // One more character in the stage would be too many.
    expect(Math.max(...namesOf('AWS::Events::Rule', 'Name'))).toBe(64);
  });

  it('the policies of every role: 10,240 characters', () => {
    const sizes = resourcesOf(template, 'AWS::IAM::Role').map(policyCharacters);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(10_240);
  });

  it('every rule’s pattern: 4,096 characters', () => {
    const patterns = resourcesOf(template, 'AWS::Events::Rule').flatMap(({ properties }) =>
      properties['EventPattern'] === undefined ? [] : [JSON.stringify(properties['EventPattern']).length],
    );
    expect(patterns.length).toBeGreaterThan(2);
    for (const size of patterns) expect(size).toBeLessThanOrEqual(4_096);
  });
});

const namesOf = (type: string, property: string): readonly number[] =>
  resourcesOf(template, type).map(({ properties }) => String(properties[property]).length);

/** IAM does not count white space. */
const policyCharacters = ({ properties }: Resource): number =>
  items(properties['Policies'])
    .map((policy) => JSON.stringify(fields(policy)['PolicyDocument']).length)
    .reduce((total, size) => total + size, 0);
