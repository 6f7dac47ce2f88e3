import { namesIn } from './scope.ts';
import { accountIdsOf, type Settings } from './settings.ts';
import type { TableView } from './table-view.ts';

/** AWS accounts that the table names: in its scope, or because it lists access of their roles. */
export const tableAccounts = ({
  scope,
  ledgers,
}: Pick<TableView, 'scope' | 'ledgers'>): readonly string[] => [
  ...new Set([
    ...namesIn(scope, 'account'),
    ...[...ledgers.values()].flatMap(({ role, entries }) => (entries.length === 0 ? [] : [role.accountId])),
  ]),
];

/** Those of them that left the file. We no longer read them, and a person must confirm that nothing is left there. */
export const leftAccounts = (settings: Settings, accountIds: readonly string[]): readonly string[] => {
  const configured = accountIdsOf(settings);
  return accountIds.filter((id) => !configured.includes(id)).toSorted();
};
