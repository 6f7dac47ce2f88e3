import type { StoredItem } from '../../shared/core/table-item.ts';
import type { Table } from '../../shared/ports.ts';

export interface TableSubject {
  readonly table: Table;
  readonly close: () => Promise<void>;
}

export const item = (sk: string, body = '{"version":1}') => ({ pk: 'role#x', sk, body });
export const scanned = async (table: Table): Promise<readonly StoredItem[]> => {
  const found: StoredItem[] = [];
  for await (const page of table.scan()) found.push(...page);
  return found;
};
/** The revision of a write that must succeed. */
export const written = async (write: ReturnType<Table['write']>): Promise<string> => {
  const made = await write;
  if (made.kind !== 'written') throw new Error('the write was lost');
  return made.revision;
};

/** The contract of every table of the ledger. */
export const testTable = (start: () => Promise<TableSubject>): void => {
  let subject: TableSubject;
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

  it('writes a new item only if none exists, and replaces one only at the revision that was read', async () => {
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

  it('never reuses a revision, even for an item that was removed in between', async () => {
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
};
