import type { Settings } from '../core/settings.ts';
import type { Use } from './use.ts';

/**
 * Everything that CloudFormation calls with the deployer's permissions, for each type of resource in the stack. These are the
 * permissions of the handlers in each type's schema (aws cloudformation describe-type --type RESOURCE --type-name …), without
 * those for properties that the stack does not set, such as managed policies, and without permission to delete the ledger, which
 * stays when the stack is removed. Tags of the stack propagate, so everything that can be tagged needs its tagging permission.
 */
export const handlers = {
  'AWS::CloudWatch::Alarm': [
    {
      actions: [
        'cloudwatch:DeleteAlarms',
        'cloudwatch:ListTagsForResource',
        'cloudwatch:PutMetricAlarm',
        'cloudwatch:TagResource',
        'cloudwatch:UntagResource',
      ],
      on: 'alarms',
    },
    { actions: ['cloudwatch:DescribeAlarms'], on: 'anyAlarm' },
  ],
  'AWS::CloudWatch::Dashboard': [
    {
      actions: ['cloudwatch:DeleteDashboards', 'cloudwatch:GetDashboard', 'cloudwatch:PutDashboard'],
      on: 'dashboard',
    },
  ],
  'AWS::DynamoDB::Table': [
    {
      actions: [
        'dynamodb:CreateTable',
        'dynamodb:DescribeContinuousBackups',
        'dynamodb:DescribeContributorInsights',
        'dynamodb:DescribeKinesisStreamingDestination',
        'dynamodb:DescribeTable',
        'dynamodb:DescribeTimeToLive',
        'dynamodb:GetResourcePolicy',
        'dynamodb:ListTagsOfResource',
        'dynamodb:TagResource',
        'dynamodb:UntagResource',
        'dynamodb:UpdateContinuousBackups',
        'dynamodb:UpdateTable',
      ],
      on: 'ledger',
    },
  ],
  'AWS::Events::EventBus': [
    {
      actions: [
        'events:CreateEventBus',
        'events:DeleteEventBus',
        'events:DescribeEventBus',
        'events:ListTagsForResource',
        'events:TagResource',
        'events:UntagResource',
        'events:UpdateEventBus',
      ],
      on: 'memberBus',
    },
  ],
  'AWS::Events::EventBusPolicy': [
    {
      actions: ['events:DescribeEventBus', 'events:PutPermission', 'events:RemovePermission'],
      on: 'memberBus',
    },
  ],
  'AWS::Events::Rule': [
    {
      actions: [
        'events:DeleteRule',
        'events:DescribeRule',
        'events:ListTagsForResource',
        'events:ListTargetsByRule',
        'events:PutRule',
        'events:PutTargets',
        'events:RemoveTargets',
        'events:TagResource',
        'events:UntagResource',
      ],
      on: 'rules',
    },
  ],
  'AWS::IAM::Role': [
    { actions: ['iam:CreateRole', 'iam:PutRolePolicy'], on: 'functionRoles', condition: 'withBoundary' },
    {
      actions: [
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListRolePolicies',
        'iam:TagRole',
        'iam:UntagRole',
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateRole',
        'iam:UpdateRoleDescription',
      ],
      on: 'functionRoles',
    },
  ],
  'AWS::KMS::Key': [
    {
      actions: [
        // A new key has no ARN yet.
        'kms:CreateKey',
      ],
      on: 'everything',
      condition: 'viaCloudFormation',
    },
    {
      actions: [
        'kms:DescribeKey',
        'kms:EnableKeyRotation',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:ListResourceTags',
        'kms:PutKeyPolicy',
        'kms:ScheduleKeyDeletion',
        'kms:TagResource',
        'kms:UntagResource',
        'kms:UpdateKeyDescription',
      ],
      on: 'keys',
      condition: 'viaCloudFormation',
    },
  ],
  'AWS::Lambda::EventSourceMapping': [
    {
      actions: [
        'lambda:CreateEventSourceMapping',
        'lambda:DeleteEventSourceMapping',
        'lambda:GetEventSourceMapping',
        'lambda:UpdateEventSourceMapping',
      ],
      // A new mapping has no ARN yet. The condition limits them to those of our functions.
      on: 'everything',
      condition: 'forOurFunctions',
    },
    {
      actions: ['lambda:ListTags', 'lambda:TagResource', 'lambda:UntagResource'],
      on: 'eventSourceMappings',
    },
  ],
  'AWS::Lambda::Function': [
    {
      actions: [
        'lambda:CreateFunction',
        'lambda:DeleteFunction',
        'lambda:GetFunction',
        'lambda:GetFunctionCodeSigningConfig',
        'lambda:GetFunctionRecursionConfig',
        'lambda:GetRuntimeManagementConfig',
        'lambda:ListTags',
        'lambda:PutFunctionRecursionConfig',
        'lambda:TagResource',
        'lambda:UntagResource',
        'lambda:UpdateFunctionCode',
        'lambda:UpdateFunctionConfiguration',
      ],
      on: 'functions',
    },
    { actions: ['iam:PassRole'], on: 'functionRoles', condition: 'passedToLambda' },
    { actions: ['s3:GetObject'], on: 'artifacts' },
  ],
  'AWS::Lambda::Permission': [
    { actions: ['lambda:AddPermission', 'lambda:GetPolicy', 'lambda:RemovePermission'], on: 'functions' },
  ],
  'AWS::Logs::LogGroup': [
    {
      actions: [
        'logs:CreateLogGroup',
        'logs:DeleteLogGroup',
        'logs:DeleteRetentionPolicy',
        'logs:GetDataProtectionPolicy',
        'logs:ListTagsForResource',
        'logs:PutRetentionPolicy',
        'logs:TagResource',
        'logs:UntagResource',
      ],
      on: 'logGroups',
    },
    {
      actions: ['logs:DescribeIndexPolicies', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies'],
      on: 'everything',
    },
  ],
  'AWS::S3::Bucket': [
    {
      actions: [
        's3:CreateBucket',
        's3:DeleteBucket',
        's3:GetBucketTagging',
        's3:GetEncryptionConfiguration',
        's3:ListBucket',
        's3:PutBucketTagging',
        's3:PutEncryptionConfiguration',
      ],
      on: 'bucket',
    },
  ],
  'AWS::S3::BucketPolicy': [
    { actions: ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:PutBucketPolicy'], on: 'bucket' },
  ],
  'AWS::SNS::Topic': [
    {
      actions: [
        'sns:CreateTopic',
        'sns:DeleteTopic',
        'sns:GetDataProtectionPolicy',
        'sns:GetTopicAttributes',
        'sns:ListSubscriptionsByTopic',
        'sns:ListTagsForResource',
        'sns:SetTopicAttributes',
        'sns:Subscribe',
        'sns:TagResource',
        'sns:Unsubscribe',
        'sns:UntagResource',
      ],
      on: 'topic',
    },
  ],
  'AWS::SNS::TopicPolicy': [{ actions: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'], on: 'topic' }],
  'AWS::SQS::Queue': [
    {
      actions: [
        'sqs:CreateQueue',
        'sqs:DeleteQueue',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ListQueueTags',
        'sqs:SetQueueAttributes',
        'sqs:TagQueue',
        'sqs:UntagQueue',
      ],
      on: 'queues',
    },
  ],
  'AWS::SQS::QueuePolicy': [
    {
      actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes'],
      on: 'queues',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Use[]>>;

export type ResourceType = keyof typeof handlers;

const busTypes: ReadonlySet<ResourceType> = new Set(['AWS::Events::EventBus', 'AWS::Events::EventBusPolicy']);
const topicTypes: ReadonlySet<ResourceType> = new Set(['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy']);
const bucketTypes: ReadonlySet<ResourceType> = new Set(['AWS::S3::Bucket', 'AWS::S3::BucketPolicy']);

/**
 * The types of resources that the stack of these settings has. Only several accounts need a bus, and only notifications by e-mail
 * a topic and its key. A bucket and a key of the company stand outside of the stack.
 */
export const resourceTypes = ({
  accounts,
  notifications,
  deploy,
}: Pick<Settings, 'accounts' | 'notifications' | 'deploy'>): readonly ResourceType[] =>
  allTypes.filter((type) => {
    if (type === 'AWS::KMS::Key') return notifications?.email !== undefined && deploy?.kmsKey === undefined;
    if (busTypes.has(type)) return accounts.length > 1;
    if (topicTypes.has(type)) return notifications?.email !== undefined;
    return deploy?.deploymentBucket === undefined || !bucketTypes.has(type);
  });

const allTypes = Object.keys(handlers).filter((type): type is ResourceType => Object.hasOwn(handlers, type));
