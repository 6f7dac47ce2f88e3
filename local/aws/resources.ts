import { busNameOf, defaultBus } from './buses.ts';
import { type Input, isRecord, records, text, texts } from './call.ts';
import type { Iam } from './iam.ts';
import { functionNameOf } from './lambda.ts';
import { logGroupIn } from './logs.ts';

export interface Request {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly accountId: string;
  readonly input: Input;
}

/** IAM knows the paths of roles and profiles. Only the calls that create them contain the path. */
type KnownPaths = Pick<Iam, 'arnOf' | 'instanceProfile'>;

/** The ARNs of a call. A policy must allow all of them. */
export const resourcesOf = (request: Request, known: KnownPaths): readonly string[] => {
  const { service, action, region, accountId, input } = request;
  if (wholesale.has(`${service}:${action}`)) return ['*'];
  const regional = (resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const named = (field: string, arnStart: string): string =>
    text(input, field).startsWith('arn:') ? text(input, field) : regional(`${arnStart}${text(input, field)}`);
  switch (service) {
    case 'iam':
      return [iamResource(request, known)];
    case 'ssm':
      return parameterNames(action, input).map((name) => regional(`parameter/${name.replace(/^\//, '')}`));
    case 'dynamodb':
      return tablesIn(input).map((table) => (table.startsWith('arn:') ? table : regional(`table/${table}`)));
    case 'sqs':
      if (action === 'StartMessageMoveTask') return [text(input, 'SourceArn')];
      return [regional(text(input, 'QueueName') || (text(input, 'QueueUrl').split('/').at(-1) ?? ''))];
    case 'events':
      return eventResources(request, regional);
    case 'lambda':
      return [regional(`function:${functionNameOf(text(input, 'FunctionName')) ?? ''}`)];
    case 'cloudtrail':
      return [named(action === 'GetEventSelectors' ? 'TrailName' : 'Name', 'trail/')];
    case 'sts':
      return [text(input, 'RoleArn') || '*'];
    case 's3':
      return [
        `arn:aws:s3:::${text(input, 'Bucket')}${text(input, 'Key') === '' ? '' : `/${text(input, 'Key')}`}`,
      ];
    case 'logs':
      // The name in AWS's refusals. A policy contains `log-group:NAME:*`.
      return [regional(`log-group:${logGroupIn(input)}:log-stream:`)];
    default:
      return ['*'];
  }
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
const eventResources = (
  { action, input }: Request,
  regional: (resource: string) => string,
): readonly string[] => {
  const busArn = (nameOrArn: string): string =>
    nameOrArn.startsWith('arn:') ? nameOrArn : regional(`event-bus/${nameOrArn || defaultBus}`);
  if (action === 'PutEvents')
    return [...new Set(records(input, 'Entries').map((entry) => busArn(text(entry, 'EventBusName'))))];
  if (action.endsWith('EventBus')) return [busArn(text(input, 'Name'))];
  if (action.endsWith('Permission')) return [busArn(text(input, 'EventBusName'))];
  const bus = busNameOf(text(input, 'EventBusName'));
  const rule = text(input, 'Name') || text(input, 'Rule');
  return [regional(bus === defaultBus ? `rule/${rule}` : `rule/${bus}/${rule}`)];
};

/** Actions that support no resource, so that policies use `*`: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const wholesale = new Set([
  'iam:ListRoles',
  'iam:GetAccountAuthorizationDetails',
  'ssm:DescribeParameters',
  'events:ListRules',
  'events:ListEventBuses',
  'events:TestEventPattern',
  'lambda:ListEventSourceMappings',
  'cloudtrail:DescribeTrails',
  'logs:DescribeLogGroups',
  'ec2:DescribeInstances',
]);

const iamResource = ({ action, accountId, input }: Request, known: KnownPaths): string => {
  const profileName = text(input, 'InstanceProfileName');
  const created = (kind: string, name: string) =>
    `arn:aws:iam::${accountId}:${kind}${text(input, 'Path') || '/'}${text(input, name)}`;
  switch (action) {
    case 'CreateRole':
      return created('role', 'RoleName');
    case 'CreatePolicy':
      return created('policy', 'PolicyName');
    case 'GetPolicy':
    case 'GetPolicyVersion':
      return text(input, 'PolicyArn');
    case 'CreateInstanceProfile':
      return created('instance-profile', 'InstanceProfileName');
    default:
      if (profileName === '') return known.arnOf(text(input, 'RoleName'));
      // Adding a role to an instance profile changes the profile.
      return known.instanceProfile(profileName)?.arn ?? created('instance-profile', 'InstanceProfileName');
  }
};

const parameterNames = (action: string, input: Input): readonly string[] => {
  switch (action) {
    case 'GetParameters':
    case 'DeleteParameters':
      return texts(input, 'Names');
    // AWS checks the path, not each parameter: a denied child below an allowed path is returned.
    case 'GetParametersByPath':
      return [text(input, 'Path')];
    case 'AddTagsToResource':
    case 'ListTagsForResource':
      return [text(input, 'ResourceId')];
    default:
      return [text(input, 'Name')];
  }
};

/** `BatchGetItem` names its tables as the fields of `RequestItems`. */
const tablesIn = (input: Input): readonly string[] => {
  const batch = input['RequestItems'];
  return isRecord(batch) ? Object.keys(batch) : [text(input, 'TableName')];
};

/** The permission's name in policies. Most permissions have the name of the call that they allow. */
export const permissionOf = ({ service, action }: Request): string =>
  service === 'lambda' && action === 'Invoke' ? 'lambda:InvokeFunction' : `${service}:${action}`;

/** Condition keys of a request. */
export const contextOf = ({ service, input }: Request): Readonly<Record<string, string[]>> => {
  if (service === 'iam' && input['PolicyArn'] !== undefined)
    return { 'iam:PolicyARN': [text(input, 'PolicyArn')] };
  if (service === 'sts')
    return {
      'sts:RoleSessionName': [text(input, 'RoleSessionName')],
      ...(input['ExternalId'] === undefined ? {} : { 'sts:ExternalId': [text(input, 'ExternalId')] }),
    };
  if (service === 'dynamodb') {
    const keys = leadingKeys(input);
    return keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': [...keys] };
  }
  const entries = records(input, 'Entries');
  if (service !== 'events' || entries.length === 0) return {};
  const all = (field: string) => [...new Set(entries.map((entry) => text(entry, field)))];
  return { 'events:source': all('Source'), 'events:detail-type': all('DetailType') };
};

/** Partition keys (`pk`) of the items that a request names: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
const leadingKeys = (input: Input): readonly string[] => {
  const batch = input['RequestItems'];
  const keys = isRecord(batch)
    ? Object.values(batch).flatMap((table) => (isRecord(table) ? records(table, 'Keys') : []))
    : [input['Item'], input['Key'], queriedKey(input)].filter(isRecord);
  return [...new Set(keys.flatMap(({ pk }) => (isRecord(pk) ? [text(pk, 'S')] : [])))];
};

/** A query names one partition: `pk = :value`. */
const queriedKey = (input: Input): unknown => {
  const name = /^pk = (:\w+)$/.exec(text(input, 'KeyConditionExpression'))?.[1];
  const values = input['ExpressionAttributeValues'];
  return name !== undefined && isRecord(values) ? { pk: values[name] } : undefined;
};
