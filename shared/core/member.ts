import type { RoleRef } from './model.ts';
import { ourPools, poolPath, type Settings } from './settings.ts';

/** The role as Google's allow policies name it. Google compares it case-sensitively, and so do we. */
export const memberOf = (settings: Settings, ref: RoleRef): string =>
  `${prefixOf(poolPath(settings))}arn:${ref.partition}:sts::${ref.accountId}:assumed-role/${ref.roleName}`;

/** The pool of ours that a member belongs to; undefined for any other member. */
export const poolOfMember = (settings: Settings, member: string): string | undefined =>
  ourPools(settings).find((pool) => member.startsWith(prefixOf(pool)));

/** The pool in the name of a member of attribute.aws_role of any pool; undefined for any other member. */
export const poolInMember = (member: string): string | undefined =>
  /^principalSet:\/\/iam\.googleapis\.com\/([^:]+)\/attribute\.aws_role\//.exec(member)?.[1];

/** The role that a member of attribute.aws_role of one of OUR pools names; undefined for any other member. */
export const roleOfMember = (settings: Settings, member: string): RoleRef | undefined => {
  return poolOfMember(settings, member) === undefined ? undefined : roleInMember(member);
};

/** The role that a member of attribute.aws_role of any pool names; undefined for any other member. */
export const roleInMember = (member: string): RoleRef | undefined => {
  const pool = poolInMember(member);
  if (pool === undefined) return undefined;
  const match = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})$/.exec(
    member.slice(prefixOf(pool).length),
  );
  const [, partition, accountId, roleName] = match ?? [];
  if (partition === undefined || accountId === undefined || roleName === undefined) return undefined;
  return { partition, accountId, roleName };
};

const prefixOf = (pool: string): string => `principalSet://iam.googleapis.com/${pool}/attribute.aws_role/`;
