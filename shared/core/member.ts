import type { RoleRef } from './model.ts';
import { poolPath, type Settings } from './settings.ts';

const prefixOf = (settings: Settings): string =>
  `principalSet://iam.googleapis.com/${poolPath(settings)}/attribute.aws_role/`;

/** The role as Google's allow policies name it. Google compares it case-sensitively, and so do we. */
export const memberOf = (settings: Settings, ref: RoleRef): string =>
  `${prefixOf(settings)}arn:${ref.partition}:sts::${ref.accountId}:assumed-role/${ref.roleName}`;

/** The role that a member of OUR pool's attribute.aws_role names; undefined for anybody else's member. */
export const roleOfMember = (settings: Settings, member: string): RoleRef | undefined => {
  const prefix = prefixOf(settings);
  if (!member.startsWith(prefix)) return undefined;
  const match = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})$/.exec(
    member.slice(prefix.length),
  );
  const [, partition, accountId, roleName] = match ?? [];
  if (partition === undefined || accountId === undefined || roleName === undefined) return undefined;
  return { partition, accountId, roleName };
};
