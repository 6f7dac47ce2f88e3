import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { tableDefinition } from '../support/table.ts';
import { type TableSubject, testTable } from '../support/table-contract.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

let moto: Moto;
let tables = 0;

const start = async (): Promise<TableSubject> => {
  tables += 1;
  const name = `ledger-${tables}`;
  const client = new DynamoDB({
    endpoint: moto.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  await client.createTable({ ...tableDefinition(name), BillingMode: 'PAY_PER_REQUEST' } as Parameters<
    typeof client.createTable
  >[0]);
  return {
    table: awsTable(client, name, AbortSignal.timeout(60_000)),
    close: async () => client.destroy(),
  };
};

(hasMoto ? describe : describe.skip)("the ledger's table, in moto", () => {
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.close());

  testTable(start);
});
