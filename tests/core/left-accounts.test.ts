import type { RoleLedger } from '../../shared/core/ledger.ts';
import { leftAccounts, tableAccounts } from '../../shared/core/left-accounts.ts';
import { accountId, roleRef, settings } from '../support/settings.ts';

const ledger = (id: string, entries: readonly unknown[]) =>
  [id, { role: { ...roleRef('reports'), accountId: id }, entries } as unknown as RoleLedger] as const;

it('an account has left if the scope or an entry names it, and the file does not', () => {
  const named = tableAccounts({
    scope: [
      { kind: 'account', name: accountId },
      { kind: 'account', name: '777788889999' },
      { kind: 'pool', name: 'p' },
    ],
    ledgers: new Map([
      ledger('777788889999', [{}]),
      ledger('444455556666', [{}]),
      ledger('000011112222', []),
    ]),
  });
  expect(named).toEqual([accountId, '777788889999', '444455556666']);
  expect(leftAccounts(settings, named)).toEqual(['444455556666', '777788889999']);
});
