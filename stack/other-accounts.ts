import { homeOf, type Settings } from '../shared/core/settings.ts';

/**
 * The condition values for roles in other accounts. Of an organization, in all of its accounts: one more in rolebridge.yml does not
 * change the policies. Without one, in the listed accounts, by a condition: with the ARNs of 100 roles, IAM would refuse a policy.
 */
export const otherAccounts = (settings: Settings): Readonly<Record<string, string | readonly string[]>> =>
  settings.organization === undefined
    ? { 'aws:ResourceAccount': otherIds(settings) }
    : { 'aws:ResourceOrgID': settings.organization };

/** The accounts besides home. */
export const otherIds = (settings: Settings): readonly string[] => {
  const home = homeOf(settings);
  return settings.accounts.map(({ id }) => id).filter((id) => id !== home);
};
