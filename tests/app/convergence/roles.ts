import type { RoleRef } from '../../../shared/core/model.ts';
import type { AccountRegion } from '../../../shared/core/region.ts';
import { accountId as home, roleRef } from '../../support/settings.ts';

/** Two member accounts, beside the home account. */
export const [near, far] = ['444455556666', '777788889999'] as const;

export const inAccount = (accountId: string, roleName: string): RoleRef => ({
  ...roleRef(roleName),
  accountId,
});

/** The identity of a role in the model: IAM distinguishes the names of an account without regard to case. */
export type RoleId = string;

export const roleId = ({ accountId, roleName }: Pick<RoleRef, 'accountId' | 'roleName'>): RoleId =>
  `${accountId}/${roleName.toLowerCase()}`;

/** The role in a binding's line, which ends with the member. */
export const roleIn = (line: string): RoleId => {
  const [, accountId = '', roleName = ''] = /::(\d{12}):assumed-role\/([^/]+)$/.exec(line) ?? [];
  return roleId({ accountId, roleName });
};

export const accountIn = (line: string): string => roleIn(line).slice(0, 12);

/**
 * The place of a parameter, in the notation of tests/support/memory.ts: the account only if it is not the home
 * account.
 */
export const placeOf = ({ accountId, region }: AccountRegion, name: string): string =>
  `${accountId === home ? '' : `${accountId} `}${region} ${name}`;

export const readPlace = (place: string): AccountRegion & { readonly name: string } => {
  const [, accountId = home, region = '', name = ''] = /^(?:(\d{12}) )?(\S*) ?(.*)$/.exec(place) ?? [];
  return { accountId, region, name };
};
