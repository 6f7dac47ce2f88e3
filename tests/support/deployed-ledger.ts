import type { LocalWorld } from '../../local/world.ts';

interface Text {
  readonly S: string;
}
/** An item as DynamoDB stores it. */
export interface LedgerRow {
  readonly pk: Text;
  readonly sk: Text;
  readonly revision: Text;
  readonly body: Text;
}

/** The ledger's table of the local world, as a person with too many permissions reaches it. */
export const deployedLedger = ({ aws, stack }: Pick<LocalWorld, 'aws' | 'stack'>) => {
  const name =
    stack.template.resources.find(({ type }) => type === 'AWS::DynamoDB::Table')?.physicalId ?? 'no table';
  const rows = async (): Promise<readonly LedgerRow[]> =>
    (await aws.dynamodb.items(name)) as unknown as readonly LedgerRow[];
  const put = async (items: readonly LedgerRow[]): Promise<void> => {
    for (const Item of items) await aws.dynamodb.perform('PutItem', { TableName: name, Item });
  };
  return {
    rows,
    put,
    empty: () => aws.dynamodb.empty(name),
    /** The item with the key `pk sk`; undefined if there is none. */
    bodyOf: async (key: string): Promise<unknown> => {
      const found = (await rows()).find(({ pk, sk }) => `${pk.S} ${sk.S}` === key);
      return found === undefined ? undefined : JSON.parse(found.body.S);
    },
    /** Makes all bindings look as if they had been announced long ago, because young entries are not checked. */
    age: async (): Promise<void> =>
      put(
        (await rows())
          .filter(({ pk }) => pk.S.startsWith('role#'))
          .map((row) => ({
            ...row,
            body: {
              S: row.body.S.replaceAll(/"announcedAt":"[^"]+"/g, '"announcedAt":"2026-01-01T00:00:00Z"'),
            },
          })),
      ),
  };
};
