import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { awsClients } from '../../shared/adapters/aws/clients.ts';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { memoryTable } from '../support/memory.ts';
import { accountId } from '../support/settings.ts';
import { tableDefinition } from '../support/table.ts';
import { item, scanned, type TableSubject, testTable, written } from '../support/table-contract.ts';
import { createWorld } from '../support/world.ts';

const inMemory = (): Promise<TableSubject> => {
  const world = createWorld({ serviceAccounts: [] });
  // So few that a scan has several pages.
  world.pageSize = 2;
  return Promise.resolve({ table: memoryTable(world), close: () => Promise.resolve() });
};

const startLocal = async (): Promise<TableSubject & { readonly aws: AwsWorld }> => {
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

describe.each([
  ['in memory', inMemory],
  ['over HTTP, with the official client', startLocal],
])("the ledger's table, %s", (_, start) => {
  testTable(start);
});

describe('the DynamoDB adapter', () => {
  let subject: Awaited<ReturnType<typeof startLocal>>;
  beforeEach(async () => {
    subject = await startLocal();
  });
  afterEach(() => subject.close());

  it('recognizes its own write if the first response was lost and the SDK wrote again', async () => {
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

  it('returns an item of another format with an empty body, which every reader rejects', async () => {
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
