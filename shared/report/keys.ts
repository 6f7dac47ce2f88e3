import type { AccountDocument, KeyDocument } from '../keys/document.ts';

/** The keys of the service accounts that have a grant, as `rolebridge keys` shows them. */
export interface ReportKeys {
  /** A key counts as idle after so many days without use. */
  readonly idleDays: number;
  readonly accounts: readonly AccountDocument[];
}

export interface KeyCounts {
  /** Every key that was seen, with its service account. */
  readonly found: readonly { readonly email: string; readonly key: KeyDocument }[];
  /** Service accounts without a key. */
  readonly without: number;
  /** Service accounts whose keys could not be read. */
  readonly unread: number;
}

export const keyCounts = ({ accounts }: ReportKeys): KeyCounts => ({
  found: accounts.flatMap(({ email, keys = [] }) => keys.map((key) => ({ email, key }))),
  without: accounts.filter(({ keys }) => keys?.length === 0).length,
  unread: accounts.filter(({ keys }) => keys === undefined).length,
});
