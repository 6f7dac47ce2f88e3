import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { awsTable } from '../../shared/adapters/aws/table.ts';
import { tableDefinition } from '../support/table.ts';
import { type TableSubject, testTable } from '../support/table-contract.ts';
import { hasMoto, startMoto } from './moto.ts';

const start = async (): Promise<TableSubject> => {
  const moto = await startMoto();
  const client = new DynamoDB({
    endpoint: moto.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  await client.createTable({ ...tableDefinition('ledger'), BillingMode: 'PAY_PER_REQUEST' } as Parameters<
    typeof client.createTable
  >[0]);
  return {
    table: awsTable(client, 'ledger', AbortSignal.timeout(60_000)),
    close: async () => {
      client.destroy();
      await moto.close();
    },
  };
};

(hasMoto ? describe : describe.skip)("the ledger's table, in moto", () => {
  testTable(start);
});
