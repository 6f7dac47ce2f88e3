import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  ResourceNotFoundException as NoSuchTable,
} from '@aws-sdk/client-dynamodb';
import type { LedgerItem } from '../../../core/ledger.ts';
import { tableAccounts } from '../../../core/left-accounts.ts';
import type { Timestamp } from '../../../core/model.ts';
import type { StoredItem } from '../../../core/table-item.ts';
import { readTable } from '../../../core/table-view.ts';
import type { AwsView } from '../../../doctor/ports.ts';
import type { AwsClients } from '../clients.ts';
import { tried } from '../failure.ts';
import { functionConfiguration } from '../function-configuration.ts';
import { awsTable } from '../table.ts';
import type { ViewClients } from './clients.ts';

/** Reads the ledger's table, whose name is in the function's environment. */
export const ledgerView =
  (clients: AwsClients, { lambda }: ViewClients, abortSignal: AbortSignal): AwsView['ledger'] =>
  (functionName) =>
    tried(`reading the table of ${functionName}`, async () => {
      let name = '';
      try {
        const found = await functionConfiguration(lambda, functionName, abortSignal);
        name = found?.Environment?.Variables?.['ROLEBRIDGE_TABLE'] ?? '';
        return name === '' ? { kind: 'absent', name } : await readState(clients, name, abortSignal);
      } catch (thrown) {
        if (thrown instanceof NoSuchTable) return { kind: 'absent', name };
        throw thrown;
      }
    });

const readState = async (
  { dynamodb }: AwsClients,
  name: string,
  abortSignal: AbortSignal,
): ReturnType<AwsView['ledger']> => {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }), { abortSignal });
  const { ContinuousBackupsDescription } = await dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: name }),
    { abortSignal },
  );
  const items: StoredItem[] = [];
  for await (const page of awsTable(dynamodb, name, abortSignal).scan()) items.push(...page);
  const view = readTable(items);
  const { ledgers, revokeAll, heldNow, verdict, reached, unreadable } = view;
  return {
    kind: 'there',
    name,
    isProtected: Table?.DeletionProtectionEnabled === true,
    isRecoverable:
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
    isEmpty: items.length === 0,
    entries: new Map([...ledgers].map(([key, { entries }]) => [key, entries])),
    lastEvents: lastEventsIn([...ledgers.values()]),
    accounts: tableAccounts(view),
    reached,
    held: heldNow,
    unreadable,
    ...(verdict?.verdict === 'emptied' ? { emptiedAt: verdict.at } : {}),
    ...(revokeAll === undefined ? {} : { revokeAll: { at: revokeAll.at, answeredBy: revokeAll.answeredBy } }),
  };
};

/** Access that no event asked for, but the sweep found, shows nothing about the delivery of events. */
const lastEventsIn = (
  ledgers: readonly Pick<LedgerItem, 'role' | 'entries'>[],
): ReadonlyMap<string, Timestamp> => {
  const events = ledgers.flatMap(({ role, entries }) =>
    entries
      .filter(({ requesters = [] }) => requesters.some(({ eventId }) => eventId !== undefined))
      .map(({ since }) => [role.accountId, since] as const),
  );
  return new Map(events.toSorted(([, a], [, b]) => (a < b ? -1 : 1)));
};
