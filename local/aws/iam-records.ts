import { type Input, records, text, texts } from './call.ts';
import type { LocalRole } from './roles.ts';

/** How CloudTrail tells of IAM's writes: fields in lower camel case, and only those that were sent. */

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
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('month')} ${part('day')}, ${part('year')} ${part('hour')}:${part('minute')}:${part('second')} ${part('dayPeriod')}`;
};

const present = (fields: Input): Input =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

const tagsSent = (input: Input) => {
  const tags = records(input, 'Tags').map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') }));
  return tags.length === 0 ? undefined : tags;
};

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
        tags: tagsSent(input),
      });
    case 'TagRole':
      return { roleName, tags: tagsSent(input) ?? [] };
    case 'UntagRole':
      return { roleName, tagKeys: texts(input, 'TagKeys') };
    default:
      return { roleName };
  }
};

/** Only CreateRole tells what came of it. */
export const responseElements = (role: LocalRole | undefined, arn: string): unknown =>
  role === undefined
    ? null
    : {
        role: present({
          path: role.path,
          roleName: role.roleName,
          roleId: role.roleId,
          arn,
          createDate: createDate(role.createDate),
          assumeRolePolicyDocument: encodeURIComponent(role.assumeRolePolicyDocument),
          tags: role.tags.length === 0 ? undefined : role.tags,
        }),
      };
