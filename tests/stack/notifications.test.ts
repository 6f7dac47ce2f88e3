import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json } from '../../local/stack/template.ts';
import { deniedCalls } from '../support/authorize.ts';
import { cfnLint, hasCfnLint, nothingToSay } from '../support/cfn-lint.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { packageWith } from '../support/package-with.ts';
import { email, reader } from '../support/settings.ts';

const key = 'google-access';
const file = readFileSync('rolebridge.yml', 'utf8');
const templateName = 'cloudformation-template-update-stack.json';
const templateIn = (folder: string) => readFileSync(join(folder, templateName), 'utf8');
const resourcesIn = (folder: string) =>
  (JSON.parse(templateIn(folder)) as { Resources: Record<string, { Type: string; Properties: object }> })
    .Resources;

const topicArn = 'arn:aws:sns:us-east-1:111122223333:alerts';
let toTopic: string;
let toEmail: string;
const packaged = (notifications: string): Promise<string> =>
  packageWith(`${file}\nnotifications:\n${notifications}`);
beforeAll(async () => {
  toTopic = await packaged(`  topicArn: ${topicArn}\n  outcomes: []\n`);
  toEmail = await packaged('  email: ops@example.com\n');
}, 120_000);
afterAll(() => {
  for (const folder of [toTopic, toEmail]) rmSync(dirname(folder), { recursive: true, force: true });
});

(hasCfnLint ? it : it.skip)('cfn-lint has nothing to say', () => {
  const templates = [toTopic, toEmail].map((folder) => join(folder, templateName));
  expect(cfnLint(...templates)).toEqual(nothingToSay);
});

it('are off: the template contains no topic, no key, no rule and no action of an alarm', () => {
  expect(templateIn('.serverless')).not.toMatch(/SNS|KMS|notif|AlarmActions|OKActions/i);
});

describe('to a topic of yours', () => {
  it('sends no outcomes, only the alarms, and the stack has no topic', () => {
    const resources = Object.values(resourcesIn(toTopic));
    expect(resources.map(({ Type }) => Type).filter((type) => /SNS|KMS/.test(type))).toEqual([]);
    expect(templateIn(toTopic)).not.toContain('Notify');
    for (const { Type, Properties } of resources)
      if (Type === 'AWS::CloudWatch::Alarm')
        expect(Properties).toMatchObject({ AlarmActions: [topicArn], OKActions: [topicArn] });
  });
});

describe('to an e-mail address', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await startCloud({
      packageFolder: toEmail,
      settings: { sweep: { maxRevocations: 0, parameterReadsPerSecond: 1000 } },
    });
    cloud.addServiceAccount(reader);
  });
  afterEach(async () => {
    await cloud.close();
    expect(deniedCalls).toEqual([]);
  });

  it('every alarm goes to the topic', () => {
    const alarms = Object.values(resourcesIn(toEmail)).filter(
      ({ Type }) => Type === 'AWS::CloudWatch::Alarm',
    );
    expect(alarms).not.toEqual([]);
    for (const { Properties } of alarms)
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: 'NotificationTopic' }] });
  });

  it('the topic is encrypted with a key that CloudWatch and EventBridge may use for this topic alone', () => {
    const { template } = cloud.stack;
    const of = (type: string) => template.resources.filter((resource) => resource.type === type);
    const [topic] = of('AWS::SNS::Topic');
    const [keyResource] = of('AWS::KMS::Key');
    expect(topic?.arn).toBe('arn:aws:sns:us-east-1:111122223333:rolebridge-prod-notifications');
    expect(topic?.properties['KmsMasterKeyId']).toBe(keyResource?.arn);
    const { KeyPolicy } = Object(keyResource?.properties) as {
      KeyPolicy: { Statement: Record<string, Json>[] };
    };
    const services = KeyPolicy.Statement.filter(({ Principal }) =>
      Object.hasOwn(Object(Principal), 'Service'),
    );
    expect(services).toHaveLength(2);
    for (const statement of services)
      expect(statement).toMatchObject({
        Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        Condition: { ArnEquals: { 'kms:EncryptionContext:aws:sns:topicArn': topic?.arn } },
      });
    // With either condition, EventBridge could not deliver.
    const ofEvents = services.find(({ Principal }) => JSON.stringify(Principal).includes('events'));
    expect(JSON.stringify(ofEvents)).not.toMatch(/aws:Source/);
    for (const { properties } of of('AWS::SNS::TopicPolicy'))
      expect(JSON.stringify(properties['PolicyDocument'])).not.toMatch(
        /"Principal":"\*"|"Action":"\*"|SNS:\*/,
      );
  });

  const messages = () =>
    cloud.stack.published.map(
      ({ message }) =>
        JSON.parse(message) as {
          content: { title: string; description: string };
          metadata: { additionalContext: Record<string, string> };
        },
    );

  it('a refusal notification names the caller, the tag, the role and the reason', async () => {
    await cloud.createRole('reports', { [key]: `${reader} until tomorrow` });
    await cloud.settled();
    const [outcome] = cloud.outcomes();
    expect(cloud.outcomeTypes()).toEqual(['Refused']);
    expect(messages()).toEqual([
      {
        version: '1.0',
        source: 'custom',
        content: {
          textType: 'client-markdown',
          title: 'Google Access Refused: role reports of account 111122223333',
          description: outcome?.detail.reason,
        },
        metadata: {
          additionalContext: {
            grant: 'default',
            serviceAccount: '',
            tag: `${reader} until tomorrow`,
            rule: '',
            requestedBy: 'arn:aws:sts::111122223333:assumed-role/Administrator/alice',
            id: outcome?.detail.id,
          },
        },
      },
    ]);
  });

  it('a grant of which a part failed sends a notification, like a failure', async () => {
    cloud.aws.intercept(({ action, region }) =>
      action === 'ssm:PutParameter' && region === 'eu-west-1'
        ? { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'no' }
        : undefined,
    );
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(['Granted']);
    expect(messages().map(({ content }) => content.title)).toEqual([
      'Google Access Granted: role reports of account 111122223333',
    ]);
  });

  it('sends only the requested outcomes, and what is held', async () => {
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(['Granted']);
    expect(messages()).toEqual([]);
    cloud.reconfigure({ allow: [{ to: email('other'), roles: ['reports'] }] });
    await cloud.sweep();
    expect(messages().map(({ content }) => content.title)).toEqual([
      'Google Access Revocations Held: 1 in AWS account 111122223333, 0 allowed',
    ]);
    expect(messages()[0]?.content.description).toContain('sweep --approve');
    expect(messages()[0]?.content.description).toContain('In AWS account 111122223333');
  });
});
