/**
 * What `notifications` in rolebridge.yml adds: a topic where it names an e-mail address, and rules that bring outcomes to the
 * topic. Nothing where it is missing. Why the key and the policies are as they are: docs/adr/0016-notifications.md.
 */
const settings = require('./settings.cjs');

const name = '${self:custom.name}';
const sub = (text) => ({ 'Fn::Sub': text });
const topicName = `${name}-notifications`;
const topicArn = sub(`arn:\${AWS::Partition}:sns:\${AWS::Region}:\${AWS::AccountId}:${topicName}`);
const alarmArns = sub(`arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${name}-*`);
const service = (Service) => ({ Principal: { Service } });
const onlyOurAlarms = {
  StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
  ArnLike: { 'aws:SourceArn': alarmArns },
};

/** Where alarms send to; undefined where notifications are off. */
const topic = () => {
  const { notifications } = settings();
  if (notifications === undefined) return undefined;
  return notifications.topicArn ?? { Ref: 'NotificationTopic' };
};

const keyStatement = (Sid, who, Condition) => ({
  Sid,
  Effect: 'Allow',
  ...who,
  Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
  Resource: '*',
  Condition,
});
const ofTheTopic = { ArnEquals: { 'kms:EncryptionContext:aws:sns:topicArn': topicArn } };

const topicResources = (email) => ({
  NotificationKey: {
    Type: 'AWS::KMS::Key',
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      Description: `Encrypts what ${name} tells`,
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
  },
  NotificationTopic: {
    Type: 'AWS::SNS::Topic',
    Properties: {
      TopicName: topicName,
      KmsMasterKeyId: { 'Fn::GetAtt': ['NotificationKey', 'Arn'] },
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

/**
 * Amazon Q Developer's custom notification, which Slack and Teams show as a card; by e-mail it is read as it is. A reason
 * holds quotation marks, so it stands alone, where EventBridge writes it as JSON; all other values can hold none.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
const message = (title, context) =>
  JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', title, description: '<reason>' },
    metadata: { additionalContext: context },
  }).replace('"<reason>"', '<reason>');

const rule = (suffix, types, paths, template, detail = {}) => ({
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
        Arn: topic(),
        InputTransformer: {
          InputPathsMap: { event: '$.detail-type', reason: '$.detail.reason', id: '$.detail.id', ...paths },
          InputTemplate: template,
        },
      },
    ],
  },
});

const ofGrant = [
  {
    account: '$.detail.role.accountId',
    role: '$.detail.role.roleName',
    grant: '$.detail.grant',
    serviceAccount: '$.detail.target.email',
    tag: '$.detail.tag.value',
    rule: '$.detail.rule',
    requestedBy: '$.detail.requestedBy',
  },
  message('<event>: role <role> of account <account>', {
    grant: '<grant>',
    serviceAccount: '<serviceAccount>',
    tag: '<tag>',
    rule: '<rule>',
    requestedBy: '<requestedBy>',
    id: '<id>',
  }),
];

/** Grants of which a part failed: who wants to know what failed wants to know of them (docs/outcomes.md). */
const withFailedPart = { detail: { failed: { part: ['config', 'binding'] } } };

const rules = (chosen) => {
  const ofGrants = chosen.filter((type) => type !== 'Revocations Held');
  return {
    ...(ofGrants.length === 0 ? {} : { NotifyOfOutcomesRule: rule('notify-outcomes', ofGrants, ...ofGrant) }),
    ...(chosen.includes('Failed') && !chosen.includes('Granted')
      ? { NotifyOfPartsRule: rule('notify-parts', ['Granted'], ...ofGrant, withFailedPart) }
      : {}),
    ...(chosen.includes('Revocations Held')
      ? {
          NotifyOfTheBrakeRule: rule(
            'notify-brake',
            ['Revocations Held'],
            { account: '$.detail.accountId', count: '$.detail.count', limit: '$.detail.limit' },
            message('<event>: <count> in AWS account <account>, <limit> allowed', { id: '<id>' }),
          ),
        }
      : {}),
  };
};

module.exports.topic = topic;
module.exports.ruleNames = () => {
  const { notifications } = settings();
  return notifications === undefined ? [] : Object.keys(rules(notifications.outcomes));
};
module.exports.resources = () => {
  const { notifications } = settings();
  if (notifications === undefined) return {};
  const { email, outcomes } = notifications;
  return { Resources: { ...(email === undefined ? {} : topicResources(email)), ...rules(outcomes) } };
};
