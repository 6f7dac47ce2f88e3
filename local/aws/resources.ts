import { type Input, records, text, texts } from './call.ts';

export interface Request {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly accountId: string;
  readonly input: Input;
}

/** Actions that policies can allow or deny as a whole alone: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const wholesale = new Set(['iam:ListRoles', 'iam:GetAccountAuthorizationDetails', 'ssm:DescribeParameters']);

const parameterNames = (action: string, input: Input): readonly string[] => {
  switch (action) {
    case 'GetParameters':
    case 'DeleteParameters':
      return texts(input, 'Names');
    // Asked for by path, parameters are not looked at one by one: a denied child below an allowed path is told.
    case 'GetParametersByPath':
      return [text(input, 'Path')];
    case 'AddTagsToResource':
    case 'ListTagsForResource':
      return [text(input, 'ResourceId')];
    default:
      return [text(input, 'Name')];
  }
};

/** The ARNs that a policy must allow, all of them. `roleArn` knows a role's path, which only CreateRole is told. */
export const resourcesOf = (
  { service, action, region, accountId, input }: Request,
  roleArn: (roleName: string) => string,
): readonly string[] => {
  if (wholesale.has(`${service}:${action}`)) return ['*'];
  switch (service) {
    case 'iam':
      return [
        action === 'CreateRole'
          ? `arn:aws:iam::${accountId}:role${text(input, 'Path') || '/'}${text(input, 'RoleName')}`
          : roleArn(text(input, 'RoleName')),
      ];
    case 'ssm':
      return parameterNames(action, input).map(
        (name) => `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`,
      );
    case 'sqs':
      return [`arn:aws:sqs:${region}:${accountId}:${text(input, 'QueueUrl').split('/').at(-1) ?? ''}`];
    case 'events':
      return [`arn:aws:events:${region}:${accountId}:event-bus/default`];
    default:
      return ['*'];
  }
};

/** Condition keys of a request. */
export const contextOf = ({ service, input }: Request): Readonly<Record<string, string[]>> => {
  const entries = records(input, 'Entries');
  if (service !== 'events' || entries.length === 0) return {};
  const all = (field: string) => [...new Set(entries.map((entry) => text(entry, field)))];
  return { 'events:source': all('Source'), 'events:detail-type': all('DetailType') };
};
