/** An account of an AWS organization. */
export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
  /** AWS may add states: only `active` accounts are added, and only `suspended` and `closed` ones are removed. */
  readonly state: 'active' | 'suspended' | 'closed' | 'other';
}

/** A complete list. A list that may lack an account is an error instead. */
export interface OrganizationListing {
  /** `o-a1b2c3d4e5` */
  readonly organization: string;
  readonly accounts: readonly OrganizationAccount[];
  /** The accounts below the units that were asked for; undefined if none was. */
  readonly inUnits?: ReadonlySet<string>;
}

/**
 * Lists an AWS organization, as the caller sees it; read-only.
 * @throws Failure if any page could not be read
 */
export type ReadOrganization = (units: readonly string[]) => Promise<OrganizationListing>;

/** The accounts of rolebridge.yml after an edit. */
export interface AccountsEdit {
  /** Written if the file must name the organization, and does not. */
  readonly organization: string;
  readonly add: readonly Pick<OrganizationAccount, 'id' | 'name'>[];
  readonly remove: readonly string[];
}
