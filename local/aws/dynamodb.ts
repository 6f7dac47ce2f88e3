import dynalite from 'dynalite';
import { type LoopbackServer, listen } from '../http.ts';
import { AwsError, type Input, isRecord, records, text } from './call.ts';

export interface Protection {
  isProtected: boolean;
  isRecoverable: boolean;
}

/** DynamoDB's tables, served by dynalite, which validates as AWS does. It starts with the first call. */
export interface DynamoDb {
  /** Creates a table. Calls wait until it exists. */
  readonly create: (definition: Input) => void;
  readonly perform: (action: string, input: Input) => Promise<unknown>;
  /** Settings by table that dynalite does not support. */
  readonly protections: Map<string, Protection>;
  /** All items of a table. */
  readonly items: (table: string) => Promise<readonly Input[]>;
  /** Removes all items from a table, as a person with too many permissions might. */
  readonly empty: (table: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const createDynamoDb = (): DynamoDb => {
  const protections = new Map<string, Protection>();
  let running: Promise<LoopbackServer> | undefined;
  let tables: Promise<unknown> = Promise.resolve();
  const perform = async (action: string, input: Input): Promise<Input> => {
    await tables;
    const server = (running ??= start());
    const { isProtected = false, isRecoverable = false } = protections.get(text(input, 'TableName')) ?? {};
    switch (action) {
      case 'DescribeTable': {
        const { Table } = await send(await server, action, input);
        return { Table: { ...(isRecord(Table) ? Table : {}), DeletionProtectionEnabled: isProtected } };
      }
      case 'UpdateTable': {
        const { Table } = await send(await server, 'DescribeTable', { TableName: input['TableName'] });
        const wanted = input['DeletionProtectionEnabled'];
        if (typeof wanted !== 'boolean') return send(await server, action, input);
        protections.set(text(input, 'TableName'), { isProtected: wanted, isRecoverable });
        return { TableDescription: { ...(isRecord(Table) ? Table : {}), DeletionProtectionEnabled: wanted } };
      }
      case 'DeleteTable':
        if (isProtected)
          throw new AwsError(
            'ValidationException',
            `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
            400,
          );
        return send(await server, action, input);
      case 'CreateTable': {
        const { DeletionProtectionEnabled: wanted, ...definition } = input;
        const made = await send(await server, action, definition);
        protections.set(text(input, 'TableName'), { isProtected: wanted === true, isRecoverable: false });
        return made;
      }
      case 'UpdateContinuousBackups': {
        await send(await server, 'DescribeTable', { TableName: input['TableName'] });
        const asked = input['PointInTimeRecoverySpecification'];
        protections.set(text(input, 'TableName'), {
          isProtected,
          isRecoverable: isRecord(asked) && asked['PointInTimeRecoveryEnabled'] === true,
        });
        return {};
      }
      case 'DescribeContinuousBackups':
        // Fails if the table does not exist.
        await send(await server, 'DescribeTable', input);
        return {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: {
              PointInTimeRecoveryStatus: isRecoverable ? 'ENABLED' : 'DISABLED',
            },
          },
        };
      default:
        return send(await server, action, input);
    }
  };
  const items = async (table: string): Promise<readonly Input[]> => {
    const found: Input[] = [];
    let from: unknown;
    do {
      const page = await perform('Scan', {
        TableName: table,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      found.push(...records(page, 'Items'));
      from = page['LastEvaluatedKey'];
    } while (from !== undefined);
    return found;
  };
  return {
    protections,
    create: ({ DeletionProtectionEnabled, PointInTimeRecoverySpecification, ...definition }) => {
      running ??= start();
      protections.set(text(definition, 'TableName'), {
        isProtected: DeletionProtectionEnabled === true,
        isRecoverable:
          isRecord(PointInTimeRecoverySpecification) &&
          PointInTimeRecoverySpecification['PointInTimeRecoveryEnabled'] === true,
      });
      const made = running.then((server) => send(server, 'CreateTable', definition));
      tables = tables.then(() => made);
      // If dynalite refuses the definition, the first call fails.
      tables.catch(() => undefined);
    },
    perform,
    items,
    empty: async (table) => {
      const [first] = await items(table);
      if (first === undefined) return;
      const { Table } = await perform('DescribeTable', { TableName: table });
      const keys = records(isRecord(Table) ? Table : {}, 'KeySchema').map((key) =>
        text(key, 'AttributeName'),
      );
      for (const item of await items(table))
        await perform('DeleteItem', {
          TableName: table,
          Key: Object.fromEntries(keys.map((key) => [key, item[key]])),
        });
    },
    close: async () => {
      await (await running)?.close();
    },
  };
};

const start = (): Promise<LoopbackServer> => listen(dynalite({ createTableMs: 0 }));

/** The stand-in has already checked the caller's signature. dynalite only requires that there is one. */
const signature =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local';

const send = async ({ url }: LoopbackServer, action: string, input: Input): Promise<Input> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: signature,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      'x-amz-target': `DynamoDB_20120810.${action}`,
    },
    body: JSON.stringify(input),
  });
  const answer: unknown = await response.json();
  const fields = isRecord(answer) ? answer : {};
  if (response.ok) return fields;
  const code = text(fields, '__type').split('#').at(-1) ?? 'InternalServerError';
  throw new AwsError(code, text(fields, 'message') || text(fields, 'Message'), response.status);
};
