import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { memoryTable, memoryWorld } from '../../shared/adapters/memory.ts';
import type { StoredItem, Table } from '../../shared/ports.ts';
import { accountId, now } from '../support/settings.ts';
import { tableDefinition } from '../support/table.ts';

interface Subject {
  readonly table: Table;
  readonly close: () => Promise<void>;
}

const inMemory = (): Promise<Subject> => {
  const world = memoryWorld(now);
  // So few that a scan has several pages.
  world.pageSize = 2;
  return Promise.resolve({ table: memoryTable(world), close: () => Promise.resolve() });
};

const startLocal = async (): Promise<Subject & { readonly aws: AwsWorld }> => {
  const aws = await startAws({ accountId });
  aws.dynamodb.create(tableDefinition('ledger'));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: aws.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.admin.secretAccessKey,
    AWS_SESSION_TOKEN: aws.admin.sessionToken,
  });
  const { dynamodb } = awsClients('us-east-1', { maxAttempts: 2 });
  return {
    aws,
    table: awsTable(dynamodb, 'ledger', AbortSignal.timeout(60_000)),
    close: async () => {
      dynamodb.destroy();
      await aws.close();
      for (const name of Object.keys(process.env).filter((one) =>
        /^AWS_(ENDPOINT|ACCESS|SECRET|SESSION)/.test(one),
      ))
        Reflect.deleteProperty(process.env, name);
    },
  };
};

const item = (sk: string, body = '{"version":1}') => ({ pk: 'role#x', sk, body });
const scanned = async (table: Table): Promise<readonly StoredItem[]> => {
  const found: StoredItem[] = [];
  for await (const page of table.scan()) found.push(...page);
  return found;
};
/** The revision of a write that must succeed. */
const written = async (write: ReturnType<Table['write']>): Promise<string> => {
  const made = await write;
  if (made.kind !== 'written') throw new Error('the write was lost');
  return made.revision;
};

describe.each([
  ['in memory', inMemory],
  ['over HTTP, with the official client', startLocal],
])("the ledger's table, %s", (_, start) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject.close());

  it('reads what was written, and leaves out items that do not exist', async () => {
    const { table } = subject;
    const revision = await written(table.write(item('a')));
    expect(await table.read([item('a'), item('b')])).toEqual([{ ...item('a'), revision }]);
    expect(await table.read([])).toEqual([]);
  });

  it('writes a new item only where none is, and replaces one only at the revision that was read', async () => {
    const { table } = subject;
    const first = await written(table.write(item('a', 'one')));
    expect(await table.write(item('a', 'two'))).toEqual({ kind: 'lost' });
    const second = await written(table.write(item('a', 'two'), first));
    expect(second).not.toBe(first);
    expect(await table.write(item('a', 'three'), first)).toEqual({ kind: 'lost' });
    expect(await table.write(item('b', 'x'), first)).toEqual({ kind: 'lost' });
    expect(await table.read([item('a')])).toMatchObject([{ body: 'two' }]);
  });

  it('removes an item only at the revision that was read; one that is gone counts as removed', async () => {
    const { table } = subject;
    const first = await written(table.write(item('a', 'one')));
    const second = await written(table.write(item('a', 'two'), first));
    expect(await table.remove(item('a'), first)).toEqual({ kind: 'lost' });
    expect(await table.remove(item('a'), second)).toEqual({ kind: 'removed' });
    expect(await table.remove(item('a'), second)).toEqual({ kind: 'removed' });
    expect(await table.read([item('a')])).toEqual([]);
  });

  it('never gives a revision twice, even to an item that was removed in between', async () => {
    const { table } = subject;
    const first = await written(table.write(item('a', 'one')));
    await table.remove(item('a'), first);
    expect(await written(table.write(item('a', 'one')))).not.toBe(first);
  });

  it('reads and scans more items than one call takes', async () => {
    const { table } = subject;
    const items = Array.from({ length: 120 }, (__, index) => item(`s${index}`, 'x'.repeat(20_000)));
    for (const one of items) await table.write(one);
    const sorted = items.map(({ sk }) => sk).toSorted();
    expect((await table.read(items)).map(({ sk }) => sk).toSorted()).toEqual(sorted);
    expect((await scanned(table)).map(({ sk }) => sk).toSorted()).toEqual(sorted);
  });
});

describe('the DynamoDB adapter', () => {
  let subject: Awaited<ReturnType<typeof startLocal>>;
  beforeEach(async () => {
    subject = await startLocal();
  });
  afterEach(() => subject.close());

  it('recognises its own write where the first answer was lost and the SDK wrote again', async () => {
    const { aws, table } = subject;
    const lose = (action: string) => {
      let isLost = false;
      aws.intercept((call) => {
        if (isLost || call.action !== action) return undefined;
        isLost = true;
        return { kind: 'performThenDrop' };
      });
    };
    lose('dynamodb:PutItem');
    const revision = await written(table.write(item('a')));
    expect(await table.read([item('a')])).toMatchObject([{ revision }]);
    lose('dynamodb:DeleteItem');
    expect(await table.remove(item('a'), revision)).toEqual({ kind: 'removed' });
  });

  it('gives an item of another make an empty body, which no reader accepts', async () => {
    const { aws, table } = subject;
    await aws.dynamodb.perform('PutItem', {
      TableName: 'ledger',
      Item: { pk: { S: 'role#x' }, sk: { S: 'a' }, body: { N: '1' } },
    });
    expect(await scanned(table)).toEqual([{ pk: 'role#x', sk: 'a', revision: '', body: '' }]);
  });

  it.each([
    ['ProvisionedThroughputExceededException', 400, 'RetryableError'],
    ['ThrottlingException', 400, 'RetryableError'],
    ['InternalServerError', 500, 'RetryableError'],
    ['ResourceNotFoundException', 400, 'PermanentError'],
    ['AccessDeniedException', 400, 'PermanentError'],
  ])('%s (%d) is a %s that names the table', async (code, status, name) => {
    const { aws, table } = subject;
    aws.intercept(() => ({ kind: 'error', status, code, message: 'no' }));
    await expect(table.read([item('a')])).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`reading table ledger: ${code}`),
    });
  });
});
