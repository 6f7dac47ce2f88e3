import { counted } from '../../../../shared/counted.ts';
import { cautionText, keyTexts } from '../../../../shared/keys/column-texts.ts';
import type { KeyState } from '../../../../shared/keys/judge.ts';
import { type KeyCounts, keyCounts } from '../../../../shared/report/keys.ts';
import type { Report } from '../../../../shared/report/report.ts';
import { type Html, html } from './html.ts';
import { shown } from './shown.ts';
import { tableSection } from './table-section.ts';

/** The keys of the service accounts that have a grant, or how to see them. */
export const keysSection = ({ keys }: Pick<Report, 'keys'>): Html => {
  if (keys === undefined) return tableSection({ ...section, empty: notRead, rows: [] });
  const counts = keyCounts(keys);
  return tableSection({
    ...section,
    note: [
      `User-managed keys of the service accounts that have a grant. A key counts as idle after ${counted(keys.idleDays, 'day')} without use.`,
      ...otherAccounts(counts),
      cautionText,
      '"rolebridge keys" prints the commands that disable and delete a key.',
    ].join(' '),
    empty: emptyText(counts),
    rows: counts.found,
  });
};

const section = {
  id: 'keys',
  title: 'Keys',
  head: ['Service account', 'Key', 'Created', 'Expires', 'Last use', 'State', 'Evidence'],
  cells: ({ email, key }: KeyCounts['found'][number]): readonly Html[] => {
    const [created, expires, use, state] = keyTexts(key);
    return [
      ...[email, key.id, created, expires, use].map(shown),
      html`<span class="${tones[key.state]}">${state}</span>`,
      shown(key.evidence),
    ];
  },
};

/** As the states of access are colored: red needs an answer, yellow a look. */
const tones: Readonly<Record<KeyState, 'good' | 'warn' | 'bad' | 'quiet'>> = {
  leaked: 'bad',
  replaced: 'warn',
  idle: 'warn',
  unread: 'bad',
  noData: 'quiet',
  tooEarly: 'quiet',
  used: 'good',
  disabled: 'quiet',
  expired: 'quiet',
};

const notRead =
  'Not read. "rolebridge report --keys" shows the keys of the service accounts that have a grant, and when Google last saw them in use (docs/keys.md).';

const otherAccounts = ({ without, unread }: KeyCounts): readonly string[] => [
  ...(without === 0 ? [] : [`${counted(without, 'service account')} without one.`]),
  ...(unread === 0 ? [] : [`The keys of ${counted(unread, 'service account')} could not be read.`]),
];

const emptyText = (counts: KeyCounts): string =>
  counts.without + counts.unread === 0
    ? 'The ledger, as far as it was read, lists no grant of a service account.'
    : ['No user-managed key was seen.', ...otherAccounts(counts)].join(' ');
