import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import type { StackNames } from '../../core/stack.ts';
import { type StoredItem, scopePartition } from '../../core/table-item.ts';
import { presentTextsOf } from '../items.ts';
import { pagesOf } from './pages-of.ts';
import { awsTable } from './table.ts';

/**
 * The scope in the tables that earlier stacks of this stage left behind: CloudFormation keeps a table when it removes the
 * stack, and a stack that is deployed again gets a new one. Empty if there is none.
 */
export const keptScope = async (
  client: DynamoDBClient,
  { stack }: StackNames,
  abortSignal: AbortSignal,
): Promise<readonly StoredItem[]> => {
  const names: string[] = [];
  const pages = pagesOf('listing the tables that earlier stacks left', {
    read: (ExclusiveStartTableName) =>
      client.send(new ListTablesCommand({ ExclusiveStartTableName }), { abortSignal }),
    nextOf: ({ LastEvaluatedTableName }) => LastEvaluatedTableName,
  });
  for await (const { TableNames } of pages) {
    // CloudFormation's name for the resource Ledger of serverless.yml.
    names.push(
      ...presentTextsOf('the names of the tables', TableNames).filter((name) =>
        name.startsWith(`${stack}-Ledger-`),
      ),
    );
  }
  const found = await pMap(names, (name) => awsTable(client, name, abortSignal).list(scopePartition), {
    concurrency: 4,
  });
  // Two tables may name the same thing.
  return [...new Map(found.flat().map((item) => [item.sk, item])).values()];
};
