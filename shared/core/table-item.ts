/** The key of an item of the ledger's table (adr/0019). */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it is in the table. If the body is missing or not a string, it is '' here, which no reader accepts. */
export interface StoredItem extends ItemKey {
  /** Random; changes with each write. */
  readonly revision: string;
  readonly body: string;
}

/** Everything that was used before (core/scope.ts), and the members that were there before us (core/inherited.ts). */
export const scopePartition = 'scope';

export const itemKeyText = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;
