import type { Settings } from './settings.ts';

/**
 * What Parameter Store and IAM allow for the names of parameters:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
 */

const maxCharacters = 1011;
/** 64 characters, each of them one that parameter names may not have: `.2b` for a `+`. */
const longestRole = 64 * 3;
const longestGrant = 32;
const afterPrefix = `/${'x'.repeat(longestRole)}/${'x'.repeat(longestGrant)}`.length;

type Prefixes = Pick<Settings, 'parameterPrefix' | 'formerParameterPrefixes' | 'deploy' | 'organization'> & {
  readonly accounts: readonly unknown[];
};

/**
 * Why some parameters could not be written. AWS counts the name's ARN, whose length depends on the region. Former prefixes are
 * only read and cleared, so that those that held names of short roles may stay as long as they are.
 */
export const longPrefixError = (
  parameterPrefix: string,
  regions: readonly string[],
  hasStatuses = false,
): string | undefined => {
  const longestRegion = regions.reduce(
    (longest, region) => (region.length > longest.length ? region : longest),
    '',
  );
  const room =
    maxCharacters -
    `arn:aws:ssm:${longestRegion}:111122223333:parameter`.length -
    afterPrefix -
    (hasStatuses ? '.status'.length : 0);
  return parameterPrefix.length <= room
    ? undefined
    : `has ${parameterPrefix.length} characters, and ${room} is the most: with the longest role name and grant, and its ARN in ${longestRegion}, a parameter's name must stay within the ${maxCharacters} characters of Parameter Store. Choose a shorter one`;
};

/**
 * The policy of reconcile's role names each prefix three times, and IAM takes 10,240 characters for the policies of a role.
 * tests/stack/limits.test.ts compares with the template.
 */
const roomForPrefixes = 1_700;
/** A third of the 1,320 characters that `deploy.vpc` and `deploy.kmsKey` may add to it (tests/stack/company-rules.test.ts). */
const roomForCompanyRules = 440;
/** The statement with which reconcile assumes its role in other accounts, in the longest form, and each account in a list. */
const assumeCharacters = 800;
const perAccount = '"111122223333",'.length;
const perPrefix = '"arn:aws:ssm:*:111122223333:parameter/*",'.length;

export const manyPrefixesError = ({
  parameterPrefix,
  formerParameterPrefixes,
  deploy,
  organization,
  accounts,
}: Prefixes): string | undefined => {
  const hasRules = deploy?.vpc !== undefined || deploy?.kmsKey !== undefined;
  const listed = organization === undefined ? perAccount * accounts.length : 0;
  const forAccounts = accounts.length === 1 ? 0 : (assumeCharacters + listed) / 3;
  const room = Math.floor(roomForPrefixes - (hasRules ? roomForCompanyRules : 0) - forAccounts);
  const characters = [parameterPrefix, ...formerParameterPrefixes]
    .map(({ length }) => length + perPrefix)
    .reduce((total, length) => total + length, 0);
  return characters <= room
    ? undefined
    : `with parameterPrefix they make the policy of reconcile's role ${3 * (characters - room)} characters longer than IAM takes. Remove those that the sweep has cleared, and deploy; then add the others`;
};
