import type { Clock } from './clock.ts';

/** An organization of AWS Organizations, with one root. Tests arrange it in place. */
export interface LocalOrganization {
  readonly id: string;
  readonly rootId: string;
  /** @default the first account that is in it */
  managementAccountId: string;
  readonly accounts: OrganizationAccount[];
  readonly units: OrganizationalUnit[];
  /** Accounts that may list accounts and units, besides the management account. */
  readonly delegatedAdministrators: Set<string>;
  /** The number of empty pages with a NextToken that come before each page, as AWS's listings may have. @default 0 */
  emptyPages: number;
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html */
export type AccountState = 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';

export interface OrganizationAccount {
  readonly id: string;
  name: string;
  state: AccountState;
  /** The root or an organizational unit. */
  parentId: string;
  readonly joinedAt: Date;
}

export interface OrganizationalUnit {
  /** `ou-ROOT-…` */
  readonly id: string;
  readonly name: string;
  readonly parentId: string;
}

export interface Organizations {
  /** Adds an account to an organization, which begins with its first one. */
  readonly join: (organizationId: string, accountId: string) => void;
  readonly of: (accountId: string) => LocalOrganization | undefined;
}

export const createOrganizations = ({ now }: Pick<Clock, 'now'>): Organizations => {
  const organizations = new Map<string, LocalOrganization>();
  const begin = (id: string, managementAccountId: string): LocalOrganization => ({
    id,
    rootId: `r-${id.slice(2, 6)}`,
    managementAccountId,
    accounts: [],
    units: [],
    delegatedAdministrators: new Set(),
    emptyPages: 0,
  });
  return {
    join: (organizationId, accountId) => {
      const organization = organizations.get(organizationId) ?? begin(organizationId, accountId);
      organizations.set(organizationId, organization);
      organization.accounts.push({
        id: accountId,
        name: `account-${accountId}`,
        state: 'ACTIVE',
        parentId: organization.rootId,
        joinedAt: now(),
      });
    },
    of: (accountId) =>
      [...organizations.values()].find(({ accounts }) => accounts.some(({ id }) => id === accountId)),
  };
};

/** `o-ID/r-ROOT/ou-UNIT/…/`, from the root down. */
export const pathOf = (organization: LocalOrganization, parentId: string): string => {
  const unit = organization.units.find(({ id }) => id === parentId);
  return unit === undefined
    ? `${organization.id}/${organization.rootId}/`
    : `${pathOf(organization, unit.parentId)}${unit.id}/`;
};
