import type { AccountDocument, KeyDocument } from '../keys/document.ts';
import type { KeyState } from '../keys/judge.ts';

/** The keys of the service accounts that have a grant, as `rolebridge keys` shows them. */
export interface ReportKeys {
  /** A key counts as idle after this many days without use. */
  readonly idleDays: number;
  readonly accounts: readonly AccountDocument[];
}

export interface KeyCounts {
  /** Every key that was seen, with its service account, those first that need an answer. */
  readonly found: readonly { readonly email: string; readonly key: KeyDocument }[];
  /** Service accounts without a key. */
  readonly without: number;
  /** Service accounts whose keys could not be read. */
  readonly unread: number;
}

export const keyCounts = ({ accounts }: ReportKeys): KeyCounts => ({
  found: accounts
    .flatMap(({ email, keys = [] }) => keys.map((key) => ({ email, key })))
    .toSorted((a, b) => urgency[a.key.state] - urgency[b.key.state]),
  without: accounts.filter(({ keys }) => keys?.length === 0).length,
  unread: accounts.filter(({ keys }) => keys === undefined).length,
});

const urgency: Readonly<Record<KeyState, number>> = {
  leaked: 0,
  replaced: 1,
  idle: 2,
  unread: 3,
  noData: 4,
  tooEarly: 5,
  used: 6,
  disabled: 7,
  expired: 8,
};
