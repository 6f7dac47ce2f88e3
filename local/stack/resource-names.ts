import { randomBytes } from 'node:crypto';
import type { Json } from './json.ts';

export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly endpoint: string;
}

/** A resource with its name, as far as its template gives it one. */
export interface Named {
  readonly logicalId: string;
  readonly type: string;
  /** A property of the template, resolved. */
  readonly property: (field: string) => Json | undefined;
}

/** CloudFormation generates names where a template gives none, different in each stack. */
export const generatedName = (type: string, name: string): Readonly<Record<string, Json>> => {
  if (type === 'AWS::DynamoDB::Table') return { TableName: name };
  return type === 'AWS::S3::Bucket' ? { BucketName: name } : {};
};

export const defaultName = (stackName: string | undefined, logicalId: string, type: string): string =>
  type === 'AWS::DynamoDB::Table'
    ? `${stackName === undefined ? '' : `${stackName}-`}${logicalId}-${randomBytes(6).toString('hex').toUpperCase()}`
    : logicalId;

/** The value of `Ref`. */
export const physicalIdOf = (resource: Named, place: Place): string => {
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return `${place.endpoint}/${place.accountId}/${nameOf(resource)}`;
    case 'AWS::SNS::Topic':
      return arnOf(resource, place);
    case 'AWS::Events::Rule':
      return [...busOf(resource), nameOf(resource)].join('|');
    default:
      return nameOf(resource);
  }
};

export const nameOf = ({ logicalId, property }: Named): string => {
  const given = nameFields.map(property).find((name) => name !== undefined);
  return given === undefined ? logicalId : String(given);
};

const nameFields = [
  ...['Queue', 'Role', 'Function', 'Topic', 'Alarm', 'Table', 'Bucket', 'LogGroup', 'Dashboard'].map(
    (kind) => `${kind}Name`,
  ),
  'Name',
];

export const arnOf = (resource: Named, { accountId, region }: Place): string => {
  const name = nameOf(resource);
  const regional = (service: string, rest: string): string =>
    `arn:aws:${service}:${region}:${accountId}:${rest}`;
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return regional('sqs', name);
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${accountId}:role${String(resource.property('Path') ?? '/')}${name}`;
    case 'AWS::Events::Rule':
      return regional('events', ['rule', ...busOf(resource), name].join('/'));
    case 'AWS::Events::EventBus':
      return regional('events', `event-bus/${name}`);
    case 'AWS::SNS::Topic':
      return regional('sns', name);
    case 'AWS::DynamoDB::Table':
      return regional('dynamodb', `table/${name}`);
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${name}`;
    case 'AWS::CloudWatch::Alarm':
      return regional('cloudwatch', `alarm:${name}`);
    default:
      return regional('lambda', `function:${name}`);
  }
};

/** The custom bus of a rule, which is a part of the rule's id and ARN. */
const busOf = ({ property }: Named): readonly string[] => {
  const bus = String(property('EventBusName') ?? 'default')
    .split('event-bus/')
    .at(-1);
  return bus === undefined || bus === 'default' ? [] : [bus];
};
