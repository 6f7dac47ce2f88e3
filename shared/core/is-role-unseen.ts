import type { Estate } from './compare.ts';
import type { RoleRef } from './model.ts';
import { providerOf, type Settings } from './settings.ts';

/**
 * Whether a role that is not among those that were listed may still exist: the list of its AWS account is not complete, or no one
 * asked for it because the file does not name the account. Only elsewhere is such a role absent.
 */
export const isRoleUnseen = (
  settings: Settings,
  { listedAccounts }: Pick<Estate, 'listedAccounts'>,
  ref: RoleRef,
): boolean => providerOf(settings, ref) === undefined || !listedAccounts.has(ref.accountId);
