import type { StoredItem } from '../../../shared/core/table-item.ts';
import type { Ports } from '../../../shared/ports.ts';

/**
 * The ledger as one reconciler knows it: what it last read or wrote of each item. Someone may empty the table, or
 * list a binding, while it runs, and no one can expect it to act on that.
 */
export const watchLedger = (
  ports: Ports,
): { readonly ports: Ports; readonly items: () => readonly Pick<StoredItem, 'pk' | 'body'>[] } => {
  const known = new Map<string, string>();
  return {
    items: () => [...known].map(([pk, body]) => ({ pk, body })),
    ports: {
      ...ports,
      table: {
        ...ports.table,
        read: async (keys) => {
          const items = await ports.table.read(keys);
          for (const { pk } of keys) known.delete(pk);
          for (const { pk, body } of items) known.set(pk, body);
          return items;
        },
        write: async (item, expected) => {
          const written = await ports.table.write(item, expected);
          if (written.kind === 'written') known.set(item.pk, item.body);
          return written;
        },
      },
    },
  };
};
