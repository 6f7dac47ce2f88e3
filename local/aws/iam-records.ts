import { type Input, isRecord, records, text, texts } from './call.ts';

export const requestParameters = (action: string, input: Input): Input => {
  const roleName = text(input, 'RoleName');
  switch (action) {
    case 'CreateRole':
      return present({
        path: input['Path'],
        roleName,
        assumeRolePolicyDocument: input['AssumeRolePolicyDocument'],
        description: input['Description'],
        maxSessionDuration:
          input['MaxSessionDuration'] === undefined ? undefined : Number(input['MaxSessionDuration']),
        permissionsBoundary: input['PermissionsBoundary'],
        tags: tagsSent(input),
      });
    case 'TagRole':
      return { roleName, tags: tagsSent(input) ?? [] };
    case 'UntagRole':
      return { roleName, tagKeys: texts(input, 'TagKeys') };
    default:
      return lowered(input);
  }
};

const present = (fields: Input): Input =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

const tagsSent = (input: Input) => {
  const tags = records(input, 'Tags').map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') }));
  return tags.length === 0 ? undefined : tags;
};

const lowered = (fields: Input): Input =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value]),
  );

/** CloudTrail's form of IAM's writes: fields in lower camel case, and only those that were sent. */

export const iamWrites: ReadonlySet<string> = new Set([
  'CreateRole',
  'DeleteRole',
  'UpdateAssumeRolePolicy',
  'TagRole',
  'UntagRole',
  'AttachRolePolicy',
  'DetachRolePolicy',
  'PutRolePolicy',
  'DeleteRolePolicy',
  'CreateInstanceProfile',
  'DeleteInstanceProfile',
  'AddRoleToInstanceProfile',
  'RemoveRoleFromInstanceProfile',
]);

/** The response of a creating call. CloudTrail omits the response of other writes. */
export const responseElements = (output: unknown): unknown => {
  if (!isRecord(output)) return null;
  const { Role: role, InstanceProfile: profile } = output;
  if (isRecord(role)) {
    const { Path, RoleName, RoleId, Arn, CreateDate, AssumeRolePolicyDocument } = role;
    const made = { Path, RoleName, RoleId, Arn, CreateDate: formatted(CreateDate), AssumeRolePolicyDocument };
    return { role: present({ ...lowered(made), tags: tagsSent(role) }) };
  }
  if (isRecord(profile))
    return { instanceProfile: lowered({ ...profile, CreateDate: formatted(profile['CreateDate']) }) };
  return null;
};

const formatted = (date: unknown): unknown => (date instanceof Date ? createDate(date) : date);

/** `Jul 10, 2023 11:54:39 AM` */
const createDate = (date: Date): string => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'UTC',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const valueOf = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${valueOf('month')} ${valueOf('day')}, ${valueOf('year')} ${valueOf('hour')}:${valueOf('minute')}:${valueOf('second')} ${valueOf('dayPeriod')}`;
};
