import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { ItemKey, StoredItem } from '../../core/table-item.ts';
import type { Pages, Table } from '../../ports.ts';
import { presentItemsOf } from '../items.ts';
import { pages } from '../pages.ts';
import { assertFromAws, isAwsException, tried as triedAtAws } from './failure.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const maxKeysPerRead = 100;
/** BatchGetItem leaves out items that do not fit into 16 MB or were throttled. */
const maxReads = 10;

/** The ledger's table. Every read is strongly consistent, every write names the revision that it replaces. */
export const awsTable = (client: DynamoDBClient, table: string, abortSignal: AbortSignal): Table => {
  const tried = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    triedAtAws(what, () => ofTable(what, table, call));
  const items = `the items of table ${table}`;
  const readSome = async (keys: readonly ItemKey[]): Promise<readonly StoredItem[]> => {
    const found: StoredItem[] = [];
    let open: readonly Attributes[] = keys.map(keyAttributes);
    for (let reads = 0; open.length > 0; reads += 1) {
      if (reads === maxReads)
        throw new RetryableError(`Table ${table} did not give all items in ${reads} reads.`);
      const command = new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: [...open], ConsistentRead: true } },
      });
      const { Responses, UnprocessedKeys } = await client.send(command, { abortSignal });
      open = UnprocessedKeys?.[table]?.Keys ?? [];
      // Without a single item, DynamoDB still sends an empty list, unless it left out all of them.
      const list = Responses?.[table] ?? (open.length > 0 ? [] : undefined);
      found.push(...presentItemsOf(items, list, []).map(itemOf));
    }
    return found;
  };
  const read: Table['read'] = (keys) =>
    tried(`reading table ${table}`, async () => {
      const found: StoredItem[] = [];
      for (let at = 0; at < keys.length; at += maxKeysPerRead)
        found.push(...(await readSome(keys.slice(at, at + maxKeysPerRead))));
      return found;
    });
  return {
    read,
    list: async (pk) => {
      const found: StoredItem[] = [];
      const what = `reading ${pk} of table ${table}`;
      const commandFrom = (from: Attributes | undefined) =>
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pk } },
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        });
      const listing = pages(what, {
        read: (from?: Attributes) => tried(what, () => client.send(commandFrom(from), { abortSignal })),
        nextOf: ({ LastEvaluatedKey }) => LastEvaluatedKey,
      });
      for await (const { Items } of listing) found.push(...presentItemsOf(items, Items, []).map(itemOf));
      return found;
    },
    scan: async function* (): Pages<StoredItem> {
      const what = `scanning table ${table}`;
      const commandFrom = (from: Attributes | undefined) =>
        new ScanCommand({
          TableName: table,
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        });
      const listing = pages(what, {
        read: (from?: Attributes) => tried(what, () => client.send(commandFrom(from), { abortSignal })),
        nextOf: ({ LastEvaluatedKey }) => LastEvaluatedKey,
      });
      for await (const { Items } of listing) yield presentItemsOf(items, Items, []).map(itemOf);
    },
    write: ({ pk, sk, body }, expected) => {
      const what = `writing ${pk} ${sk} to table ${table}`;
      return tried(what, async () => {
        const revision = randomUUID();
        try {
          const command = new PutItemCommand({
            TableName: table,
            Item: { ...keyAttributes({ pk, sk }), revision: { S: revision }, body: { S: body } },
            ...conditionOf(expected),
          });
          assertFromAws(what, await client.send(command, { abortSignal }));
          return { kind: 'written', revision };
        } catch (thrown) {
          if (!isAwsException(thrown, ConditionalCheckFailedException)) throw thrown;
          // The SDK may have sent it twice, since the first answer was lost.
          const [now] = await read([{ pk, sk }]);
          return now?.revision === revision ? { kind: 'written', revision } : { kind: 'lost' };
        }
      });
    },
    remove: (key, expected) => {
      const what = `deleting ${key.pk} ${key.sk} from table ${table}`;
      return tried(what, async () => {
        try {
          const command = new DeleteItemCommand({
            TableName: table,
            Key: keyAttributes(key),
            ...conditionOf(expected),
          });
          assertFromAws(what, await client.send(command, { abortSignal }));
          return { kind: 'removed' };
        } catch (thrown) {
          if (!isAwsException(thrown, ConditionalCheckFailedException)) throw thrown;
          const [now] = await read([key]);
          return now === undefined ? { kind: 'removed' } : { kind: 'lost' };
        }
      });
    },
  };
};

/** The next step if the table itself is gone. */
const ofTable = async <T>(what: string, table: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (thrown) {
    if (!isAwsException(thrown, ResourceNotFoundException)) throw thrown;
    throw new PermanentError(
      `${what}: ${thrown.name}. There is no table ${table}, so the ledger can be neither read nor written. Restore it under the same name: docs/operations.md, "The ledger's table is gone".`,
      { cause: thrown },
    );
  }
};

type Attributes = Record<string, AttributeValue>;

const keyAttributes = ({ pk, sk }: ItemKey): Attributes => ({ pk: { S: pk }, sk: { S: sk } });

/** A field that is missing or of another type is empty, which no reader of a body accepts. */
const itemOf = ({ pk, sk, revision, body }: Attributes): StoredItem => ({
  pk: pk?.S ?? '',
  sk: sk?.S ?? '',
  revision: revision?.S ?? '',
  body: body?.S ?? '',
});

const conditionOf = (expected: string | undefined) =>
  expected === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
        ConditionExpression: 'revision = :expected',
        ExpressionAttributeValues: { ':expected': { S: expected } },
      };
