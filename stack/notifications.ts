import type { Settings } from '../shared/core/settings.ts';
import type { Resource, Resources } from './resource.ts';

const name = '${self:custom.name}';
const topicName = `${name}-notifications`;

/**
 * The resources of `notifications` in rolebridge.yml: a topic if it names an e-mail address, and rules that send outcomes to
 * the topic. None if it is missing. Why the key and the policies are as they are: docs/adr/0016-notifications.md.
 */
export const notificationResources = (settings: Settings): { readonly Resources?: Resources } => {
  const { notifications } = settings;
  const topic = topicOf(settings);
  if (notifications === undefined || topic === undefined) return {};
  const { email, outcomes } = notifications;
  const ownTopic = email === undefined ? {} : topicResources(email, settings.deploy?.kmsKey);
  return { Resources: { ...ownTopic, ...rules(topic, outcomes) } };
};

type Topic = string | { readonly Ref: 'NotificationTopic' };

/** The topic that alarms notify; undefined if notifications are off. */
export const topicOf = ({ notifications }: Settings): Topic | undefined =>
  notifications === undefined ? undefined : (notifications.topicArn ?? { Ref: 'NotificationTopic' });

/** Suffixes of the rules' names. */
export const ruleSuffixes = {
  NotifyOfOutcomesRule: 'notify-outcomes',
  NotifyOfPartsRule: 'notify-parts',
  NotifyOfTheBrakeRule: 'notify-brake',
} as const;

type RuleName = keyof typeof ruleSuffixes;

/** The rules that rolebridge.yml asks for. */
export const notificationRules = (settings: Settings): readonly RuleName[] => {
  const { Resources: resources = {} } = notificationResources(settings);
  return Object.keys(resources).filter((key): key is RuleName => Object.hasOwn(ruleSuffixes, key));
};

/** With the company's key, whose policy must then admit EventBridge and CloudWatch, or with one that the stack makes. */
const topicResources = (email: string, kmsKey: string | undefined): Resources => ({
  ...(kmsKey === undefined ? { NotificationKey: ownKey } : {}),
  NotificationTopic: {
    Type: 'AWS::SNS::Topic',
    Properties: {
      TopicName: topicName,
      KmsMasterKeyId: kmsKey ?? { 'Fn::GetAtt': ['NotificationKey', 'Arn'] },
      Subscription: [{ Protocol: 'email', Endpoint: email }],
    },
  },
  NotificationTopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: {
      Topics: [{ Ref: 'NotificationTopic' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Outcomes',
            Effect: 'Allow',
            ...service('events.amazonaws.com'),
            Action: 'sns:Publish',
            Resource: { Ref: 'NotificationTopic' },
          },
          {
            Sid: 'AlarmsOfThisStack',
            Effect: 'Allow',
            ...service('cloudwatch.amazonaws.com'),
            Action: 'sns:Publish',
            Resource: { Ref: 'NotificationTopic' },
            Condition: onlyOurAlarms,
          },
        ],
      },
    },
  },
});

const sub = (text: string) => ({ 'Fn::Sub': text });
const service = (Service: string) => ({ Principal: { Service } });
const topicArn = sub(`arn:\${AWS::Partition}:sns:\${AWS::Region}:\${AWS::AccountId}:${topicName}`);
const alarmArns = sub(`arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${name}-*`);
const onlyOurAlarms = {
  StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
  ArnLike: { 'aws:SourceArn': alarmArns },
};
const ofTheTopic = { ArnEquals: { 'kms:EncryptionContext:aws:sns:topicArn': topicArn } };

const keyStatement = (Sid: string, who: object, Condition: object) => ({
  Sid,
  Effect: 'Allow',
  ...who,
  Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
  Resource: '*',
  Condition,
});

const ownKey: Resource = {
  Type: 'AWS::KMS::Key',
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  Properties: {
    Description: `Encrypts the notifications of ${name}`,
    EnableKeyRotation: true,
    KeyPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TheAccountDecides',
          Effect: 'Allow',
          Principal: { AWS: sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:root') },
          Action: 'kms:*',
          Resource: '*',
        },
        keyStatement('OutcomesOfThisTopic', service('events.amazonaws.com'), ofTheTopic),
        keyStatement('AlarmsOfThisStack', service('cloudwatch.amazonaws.com'), {
          ...onlyOurAlarms,
          ...ofTheTopic,
        }),
      ],
    },
  },
};

const rules = (topic: Topic, chosen: readonly string[]): Resources => {
  const ofGrants = chosen.filter((type) => type !== 'Revocations Held');
  return {
    ...(ofGrants.length === 0
      ? {}
      : {
          NotifyOfOutcomesRule: rule(ruleSuffixes.NotifyOfOutcomesRule, topic, ofGrants, ofGrant),
        }),
    ...(chosen.includes('Failed') && !chosen.includes('Granted')
      ? {
          NotifyOfPartsRule: rule(
            ruleSuffixes.NotifyOfPartsRule,
            topic,
            ['Granted'],
            ofGrant,
            withFailedPart,
          ),
        }
      : {}),
    ...(chosen.includes('Revocations Held')
      ? {
          NotifyOfTheBrakeRule: rule(ruleSuffixes.NotifyOfTheBrakeRule, topic, ['Revocations Held'], ofHeld),
        }
      : {}),
  };
};

const rule = (
  suffix: string,
  topic: Topic,
  types: readonly string[],
  { paths, template }: Message,
  detail: object = {},
): Resource => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: `${name}-${suffix}`,
    Description: 'Brings what rolebridge.yml asks for under notifications to the topic',
    EventPattern: {
      source: ['rolebridge'],
      'detail-type': types.map((type) => `Google Access ${type}`),
      account: [{ Ref: 'AWS::AccountId' }],
      ...detail,
    },
    Targets: [
      {
        Id: 'topic',
        Arn: topic,
        InputTransformer: {
          InputPathsMap: { event: '$.detail-type', reason: '$.detail.reason', id: '$.detail.id', ...paths },
          InputTemplate: template,
        },
      },
    ],
  },
});

interface Message {
  /** Where EventBridge finds the values in the event. */
  readonly paths: Readonly<Record<string, string>>;
  readonly template: string;
}

/**
 * Amazon Q Developer's custom notification, which Slack and Teams show as a card; an e-mail shows the text as it is. A reason
 * can contain quotation marks, so it is a value of its own, which EventBridge writes as JSON. The other values contain none.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
const message = (title: string, context: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', title, description: '<reason>' },
    metadata: { additionalContext: context },
  }).replace('"<reason>"', '<reason>');

const ofGrant: Message = {
  paths: {
    account: '$.detail.role.accountId',
    role: '$.detail.role.roleName',
    grant: '$.detail.grant',
    serviceAccount: '$.detail.target.email',
    tag: '$.detail.tag.value',
    rule: '$.detail.rule',
    requestedBy: '$.detail.requestedBy',
  },
  template: message('<event>: role <role> of account <account>', {
    grant: '<grant>',
    serviceAccount: '<serviceAccount>',
    tag: '<tag>',
    rule: '<rule>',
    requestedBy: '<requestedBy>',
    id: '<id>',
  }),
};

const ofHeld: Message = {
  paths: { account: '$.detail.accountId', count: '$.detail.count', limit: '$.detail.limit' },
  template: message('<event>: <count> in AWS account <account>, <limit> allowed', { id: '<id>' }),
};

/** Grants that failed in part: notifications of failures include them (docs/outcomes.md). */
const withFailedPart = { detail: { failed: { part: ['config', 'binding'] } } };
