import { mostListedAccounts } from '../core/settings.ts';
import type { Inconsistency } from './inconsistency.ts';
import type { ParsedSettings } from './schema.ts';
import type { SettingPath } from './yaml.ts';

/** Errors of `home`, `organization` and the list of accounts. */
export const accountProblems = (
  settings: ParsedSettings,
  ownAccount: string | undefined,
): readonly Inconsistency[] => [
  ...homeProblems(settings, ownAccount),
  ...repeatedAccounts(settings),
  ...(settings.accounts.length > mostListedAccounts && settings.organization === undefined
    ? at(
        ['organization'],
        `is missing: with more than ${mostListedAccounts} accounts, name the AWS organization that all of them are in (aws organizations describe-organization --query Organization.Id)`,
      )
    : []),
];

/** The account deployed to; undefined if there are several and none is named, which is an error of its own. */
export const homeIfKnown = ({ home, accounts }: ParsedSettings): string | undefined =>
  home ?? (accounts.length === 1 ? accounts[0]?.id : undefined);

/** The provider of an account in the pool. */
export const providerNameOf = ({ id, provider }: ParsedSettings['accounts'][number]): string =>
  provider ?? `aws-${id}`;

const at = (path: SettingPath, message: string): readonly Inconsistency[] => [{ path, message }];

const homeProblems = (settings: ParsedSettings, ownAccount: string | undefined): readonly Inconsistency[] => {
  const { home, accounts } = settings;
  const known = homeIfKnown(settings);
  if (known === undefined)
    return at(['home'], 'is missing: with several accounts, name the one that rolebridge is deployed to');
  const isListed = accounts.some(({ id }) => id === known);
  return [
    ...(isListed ? [] : at(['home'], `${known} is not under accounts; add it there`)),
    ...(ownAccount === undefined || ownAccount === known ? [] : notHome(home, ownAccount)),
  ];
};

const notHome = (home: string | undefined, ownAccount: string): readonly Inconsistency[] =>
  home === undefined
    ? at(['accounts'], `rolebridge is deployed to account ${ownAccount}, which is not listed`)
    : at(['home'], `rolebridge is deployed to account ${ownAccount}, and home is ${home}`);

/** Google compares the account in a provider's condition with one id, so accounts cannot share a provider. */
const repeatedAccounts = ({ accounts }: ParsedSettings): readonly Inconsistency[] => {
  const ids = new Map<string, number>();
  const providers = new Map<string, number>();
  return accounts.flatMap((account, index) => {
    const name = providerNameOf(account);
    const sameId = ids.get(account.id);
    const sameProvider = providers.get(name);
    if (sameId === undefined) ids.set(account.id, index);
    if (sameProvider === undefined) providers.set(name, index);
    if (sameId !== undefined) return at(['accounts', index, 'id'], `${account.id} is listed twice`);
    return sameProvider === undefined
      ? []
      : at(
          ['accounts', index, 'provider'],
          `${name} is the provider of accounts[${sameProvider}], too, and a provider admits one account only`,
        );
  });
};
