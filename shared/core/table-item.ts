/** Names an item of the ledger's table (adr/0019). */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it is in the table. A body that is missing or of another type is empty, which no reader accepts. */
export interface StoredItem extends ItemKey {
  /** Random; another one after each write. */
  readonly revision: string;
  readonly body: string;
}

export const itemKeyText = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;
