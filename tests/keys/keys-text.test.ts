import { stripVTControlCharacters } from 'node:util';
import { keysText } from '../../cli/commands/keys/text.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { accountDocument } from '../../shared/keys/document.ts';
import type { KeyEvidence } from '../../shared/keys/judge.ts';
import type { AccountKeys } from '../../shared/keys/read-keys.ts';
import { accountId, reader, reports, writer } from '../support/settings.ts';

const period = { from: '2025-11-23T07:00:00Z', until: '2026-11-23T07:00:00Z' };
const key: KeyEvidence = {
  id: 'a1b2',
  isDisabled: false,
  alerts: [],
  use: { kind: 'notSeen', ...period },
  state: 'idle',
  idleDays: 365,
};
const granted = { email: reader, roles: [reports], grantedSince: '2026-06-01T12:00:00.000Z', keys: [key] };
const without = { email: writer, roles: [], keys: [key] };
const incomplete = { isLedgerIncomplete: true } as const;
const spot = { what: 'the ledger', reason: 'denied' };

const textOf = (accounts: readonly AccountKeys[], blindSpots = [spot], isAll = true): string =>
  stripVTControlCharacters(
    keysText({ accounts, blindSpots }, { accountIds: [accountId], isAll, width: undefined }),
  );

it('names the roles with a grant, and the service accounts without one', () => {
  expect(textOf([granted], [])).toContain('  Federated access since 2026-06-01: reports. ');
  expect(textOf([without], [])).toContain('  No role has a grant. ');
  expect(textOf([], [], false)).toBe(
    'The ledger lists no grant of a service account. --all shows every service account.',
  );
});

it('does not report that there are no others if the ledger is incomplete', () => {
  expect(textOf([{ ...granted, ...incomplete }])).toContain(
    '  Federated access since 2026-06-01 or earlier: reports, and perhaps others: the ledger is incomplete. ',
  );
  expect(textOf([{ ...without, ...incomplete }])).toContain(
    '  Whether a role has a grant is not known: the ledger is incomplete. ',
  );
  expect(textOf([], [spot], false)).toMatch(/^No grant of a service account was seen in the ledger\. /);
});

it('reports the same in its document', () => {
  const accounts = [{ ...without, ...incomplete }].map(accountDocument);
  expect(accounts).toMatchObject([incomplete]);
  expect(documentErrors('keys', { version: 1, idleDays: 90, accounts, blindSpots: [spot] })).toEqual([]);
});
