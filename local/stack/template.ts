import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** JSON in a CloudFormation template. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };

export interface Resource {
  readonly logicalId: string;
  /** The value of `Ref`: a queue's URL, a topic's ARN, or the name of any other resource. */
  readonly physicalId: string;
  readonly arn: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, Json>>;
  /** Whether the resource stays when its stack is removed. */
  readonly isRetained: boolean;
}

export interface Output {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** A CloudFormation template, as far as this project's stack needs it. */
export interface Template {
  readonly resources: readonly Resource[];
  readonly outputs: readonly Output[];
  /** Replaces Ref, Fn::GetAtt, Fn::Sub and Fn::Join in a value. */
  readonly resolve: (value: Json) => Json;
}

export type Fields = { readonly [field: string]: Json };

export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly endpoint: string;
  /** A name for a resource whose template gives it none. @default its logical id, and a random part if it is a table */
  readonly generateName?: (logicalId: string, type: string) => string;
}

type Named = Omit<Resource, 'arn'>;

/** @throws Error if the template refers to a resource that it does not contain. */
export const readTemplate = (path: string, place: Place): Template =>
  parseTemplate(readFileSync(path, 'utf8'), place);

interface Document {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: Readonly<Record<string, Json>>;
        readonly DeletionPolicy?: string;
      }
    >
  >;
  readonly Outputs?: Readonly<
    Record<
      string,
      { readonly Value: Json; readonly Description?: string; readonly Export?: { readonly Name: Json } }
    >
  >;
}

/** @throws Error if the template refers to a resource that it does not contain. */
export const parseTemplate = (text: string, place: Place): Template => {
  const { Resources, Outputs = {} } = JSON.parse(text) as Document;
  const { generateName = defaultName } = place;
  const resources = Object.entries(Resources).map(
    ([logicalId, { Type, Properties = {}, DeletionPolicy }]) => ({
      logicalId,
      physicalId: '',
      type: Type,
      properties: { ...generatedName(Type, generateName(logicalId, Type)), ...Properties },
      isRetained: DeletionPolicy === 'Retain',
    }),
  );
  const find = (logicalId: string): Named => {
    const found = resources.find((resource) => resource.logicalId === logicalId);
    if (found === undefined)
      throw new Error(`the template refers to ${logicalId}, which it does not contain`);
    return found;
  };
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': place.accountId,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const ref = (logicalId: string): string => {
    const known = pseudo[logicalId];
    if (known !== undefined) return known;
    const resource = find(logicalId);
    switch (resource.type) {
      case 'AWS::SQS::Queue':
        return `${place.endpoint}/${place.accountId}/${nameOf(resource)}`;
      case 'AWS::SNS::Topic':
        return arnOf(resource, place);
      default:
        return nameOf(resource);
    }
  };
  const getAtt = (logicalId: string, attribute: string): string =>
    attribute === 'Arn' ? arnOf(find(logicalId), place) : nameOf(find(logicalId));
  const resolve = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isRecord(value)) return value;
    const [[name, operand] = ['', null]] = Object.entries(value);
    if (name === 'Ref') return ref(String(operand));
    if (name === 'Fn::GetAtt' && Array.isArray(operand))
      return getAtt(String(operand[0]), String(operand[1]));
    if (name === 'Fn::Sub')
      return String(operand).replaceAll(
        /\$\{([^}.]+)(?:\.([^}]+))?\}/g,
        (_, id: string, attribute?: string) => (attribute === undefined ? ref(id) : getAtt(id, attribute)),
      );
    if (name === 'Fn::Join' && Array.isArray(operand))
      return (resolve(operand[1] ?? []) as readonly Json[]).map(String).join(String(operand[0]));
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, resolve(inner)]));
  };
  return {
    resources: resources.map((resource) => ({
      ...resource,
      physicalId: ref(resource.logicalId),
      arn: arnOf(resource, place),
      properties: resolve(resource.properties) as Resource['properties'],
    })),
    outputs: Object.entries(Outputs).map(([key, { Value, Description, Export }]) => ({
      key,
      value: String(resolve(Value)),
      ...(Description === undefined ? {} : { description: Description }),
      ...(Export === undefined ? {} : { exportName: String(resolve(Export.Name)) }),
    })),
    resolve,
  };
};

/** CloudFormation generates names where a template gives none, different in each stack. */
const generatedName = (type: string, name: string): Readonly<Record<string, Json>> => {
  if (type === 'AWS::DynamoDB::Table') return { TableName: name };
  return type === 'AWS::S3::Bucket' ? { BucketName: name } : {};
};

const defaultName = (logicalId: string, type: string): string =>
  type === 'AWS::DynamoDB::Table'
    ? `${logicalId}-${randomBytes(6).toString('hex').toUpperCase()}`
    : logicalId;

const nameOf = (resource: Named): string =>
  String(
    resource.properties['QueueName'] ??
      resource.properties['RoleName'] ??
      resource.properties['FunctionName'] ??
      resource.properties['TopicName'] ??
      resource.properties['AlarmName'] ??
      resource.properties['TableName'] ??
      resource.properties['BucketName'] ??
      resource.properties['LogGroupName'] ??
      resource.properties['DashboardName'] ??
      resource.properties['Name'] ??
      resource.logicalId,
  );

const arnOf = (resource: Named, { accountId, region }: Place): string => {
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return `arn:aws:sqs:${region}:${accountId}:${nameOf(resource)}`;
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${accountId}:role${String(resource.properties['Path'] ?? '/')}${nameOf(resource)}`;
    case 'AWS::Events::Rule':
      return `arn:aws:events:${region}:${accountId}:rule/${nameOf(resource)}`;
    case 'AWS::SNS::Topic':
      return `arn:aws:sns:${region}:${accountId}:${nameOf(resource)}`;
    case 'AWS::DynamoDB::Table':
      return `arn:aws:dynamodb:${region}:${accountId}:table/${nameOf(resource)}`;
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${nameOf(resource)}`;
    case 'AWS::CloudWatch::Alarm':
      return `arn:aws:cloudwatch:${region}:${accountId}:alarm:${nameOf(resource)}`;
    default:
      return `arn:aws:lambda:${region}:${accountId}:function:${nameOf(resource)}`;
  }
};

const isRecord = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fields = (value: Json | undefined): Fields => (isRecord(value) ? value : {});
export const items = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const resourcesOf = ({ resources }: Pick<Template, 'resources'>, type: string): readonly Resource[] =>
  resources.filter((resource) => resource.type === type);
