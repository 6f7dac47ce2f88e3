import { asciiLower } from './ascii.ts';
import type { RoleRef } from './model.ts';

/** Identifies one role: `aws:111122223333:reports`. */
export type RoleKey = string;

/** Partition, AWS account and the name in lower case. */
export const roleKey = ({ partition, accountId, roleName }: RoleRef): RoleKey =>
  `${partition}:${accountId}:${keyName(roleName)}`;

export const isSameRole = (a: RoleRef, b: RoleRef): boolean => roleKey(a) === roleKey(b);

/** A role's name in lower case, for keys and folders: IAM does not allow two roles whose names differ only in case. */
export const keyName = (roleName: string): string => asciiLower(roleName);
