import { putStatement, removeStatement } from '../aws/buses.ts';
import type { AwsWorld } from '../aws/world.ts';
import { createQueues } from './queues.ts';
import { deleteRole } from './roles.ts';
import { fields, type Resource, resourcesOf, type Template } from './template.ts';

/** Creates what keeps state: queues, tables, log groups, buckets and event buses. Those of the previous template keep theirs. */
export const createResources = (aws: AwsWorld, template: Template, previous?: Template): void => {
  const existing = new Set(previous?.resources.map(({ logicalId }) => logicalId));
  const isNew = ({ logicalId }: Resource): boolean => !existing.has(logicalId);
  createQueues(aws, template, existing);
  for (const { properties } of resourcesOf(template, 'AWS::Logs::LogGroup')) {
    const days = properties['RetentionInDays'];
    aws.logs.addGroup({
      name: String(properties['LogGroupName']),
      ...(days === undefined ? {} : { retentionDays: Number(days) }),
    });
  }
  for (const { properties } of resourcesOf(template, 'AWS::Events::EventBus').filter(isNew))
    aws.bus.buses.create({ name: String(properties['Name']) });
  for (const { properties } of resourcesOf(template, 'AWS::Events::EventBusPolicy')) {
    const { EventBusName = '', StatementId, Statement } = properties;
    putStatement(aws.bus.buses.get(String(EventBusName)), String(StatementId), fields(Statement));
  }
  for (const { physicalId } of resourcesOf(template, 'AWS::S3::Bucket').filter(isNew))
    aws.s3.createBucket(physicalId);
  for (const { physicalId, properties } of resourcesOf(template, 'AWS::DynamoDB::Table').filter(isNew)) {
    const { AttributeDefinitions, KeySchema, BillingMode } = properties;
    const { DeletionProtectionEnabled, PointInTimeRecoverySpecification } = properties;
    aws.dynamodb.create({
      TableName: physicalId,
      AttributeDefinitions,
      KeySchema,
      BillingMode,
      DeletionProtectionEnabled,
      PointInTimeRecoverySpecification,
    });
  }
};

/** Deletes resources as CloudFormation does. @throws AwsError if one cannot be deleted */
export const deleteResource = async (
  aws: AwsWorld,
  { type, physicalId, properties }: Resource,
): Promise<void> => {
  switch (type) {
    case 'AWS::SQS::Queue':
      aws.sqs.remove(physicalId.split('/').at(-1) ?? '');
      return;
    case 'AWS::Logs::LogGroup':
      aws.logs.removeGroup(physicalId);
      return;
    case 'AWS::S3::Bucket':
      aws.s3.deleteBucket(physicalId);
      return;
    case 'AWS::DynamoDB::Table':
      await aws.dynamodb.perform('DeleteTable', { TableName: physicalId });
      return;
    case 'AWS::IAM::Role':
      deleteRole(aws, physicalId);
      return;
    case 'AWS::Events::EventBusPolicy': {
      const bus = aws.bus.buses.find(String(properties['EventBusName'] ?? ''));
      if (bus !== undefined) removeStatement(bus, String(properties['StatementId']));
      return;
    }
    case 'AWS::Events::EventBus': {
      const bus = aws.bus.buses.find(physicalId);
      if (bus !== undefined) aws.bus.buses.remove(bus);
      return;
    }
    default:
    // The runner removes functions, mappings and rules. Nothing here keeps the others.
  }
};
