import { roleLabel } from '../../../shared/core/role-argument.ts';
import { shortList } from '../../../shared/core/short-list.ts';
import { counted } from '../../../shared/counted.ts';
import { cautionText, keyStateTexts, keyTexts } from '../../../shared/keys/column-texts.ts';
import { evidenceText, keyCommands } from '../../../shared/keys/evidence-text.ts';
import type { KeyEvidence, KeyState } from '../../../shared/keys/judge.ts';
import type { AccountKeys, KeyFindings } from '../../../shared/keys/read-keys.ts';
import { dayOf } from '../../../shared/keys/time.ts';
import type { Use } from '../../../shared/keys/use.ts';
import { colors } from '../../colors.ts';
import { columns } from '../../columns.ts';

interface TextOptions {
  readonly accountIds: readonly string[];
  readonly isAll: boolean;
  readonly width: number | undefined;
}

/** One block for each service account with keys, then the sums, then what was not seen. */
export const keysText = ({ accounts, blindSpots }: KeyFindings, options: TextOptions): string => {
  const withKeys = accounts.filter(({ keys = [] }) => keys.length > 0);
  return [
    ...withKeys.map((account) => `${accountText(account, options)}\n`),
    ...sumLines({ accounts, blindSpots }, options.isAll),
    ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
  ].join('\n');
};

const accountText = (account: AccountKeys, { accountIds, width }: TextOptions): string => {
  const { email, use, keys = [] } = account;
  return [
    email,
    `  ${grantText(account, accountIds)} ${accountUseText(use)}`,
    columns(['  KEY', 'CREATED', 'EXPIRES', 'LAST USE', 'STATE'], keys.map(rowOf), width),
    ...keys.flatMap((key) => [
      `  ${key.id}: ${evidenceText(account, key)}`,
      ...keyCommands(email, key).map(({ purpose, command }) => `    ${purpose}: ${command}`),
    ]),
  ].join('\n');
};

const grantText = (
  { grantedSince, roles, isLedgerIncomplete }: AccountKeys,
  accountIds: readonly string[],
): string => {
  const isIncomplete = isLedgerIncomplete === true;
  if (grantedSince === undefined)
    return isIncomplete
      ? 'Whether a role has a grant is not known: the ledger is incomplete.'
      : 'No role has a grant.';
  const labels = roles.map((role) => roleLabel(accountIds, role));
  const since = `${dayOf(grantedSince)}${isIncomplete ? ' or earlier' : ''}`;
  const others = isIncomplete ? ', and perhaps others: the ledger is incomplete' : '';
  return `Federated access since ${since}: ${shortList(labels, mostRoles)}${others}.`;
};

const mostRoles = 5;

const accountUseText = (use: Use | undefined): string => {
  switch (use?.kind) {
    case 'seen':
      return `The service account last authenticated on ${dayOf(use.at)}, with a key or without one.`;
    case 'notSeen':
      return `The service account has not authenticated from ${dayOf(use.from)} to ${dayOf(use.until)}.`;
    case 'noData':
    case 'notEnabled':
    case 'notPermitted':
    case 'unreadable':
    case undefined:
      return 'When the service account last authenticated is not known.';
  }
};

const rowOf = (key: KeyEvidence): readonly string[] => {
  const [created, expires, lastUse] = keyTexts(key);
  return [`  ${key.id}`, created, expires, lastUse, stateText(key.state)];
};

const stateText = (state: KeyState): string => {
  const text = keyStateTexts[state];
  return stateColors[state]?.(text) ?? text;
};

const stateColors: Readonly<Partial<Record<KeyState, (text: string) => string>>> = {
  expired: colors.dim,
  disabled: colors.dim,
  leaked: colors.red,
  replaced: colors.yellow,
  idle: colors.yellow,
  used: colors.green,
  unread: colors.red,
};

const sumLines = ({ accounts, blindSpots }: KeyFindings, isAll: boolean): readonly string[] => {
  const read = accounts.flatMap(({ keys }) => (keys === undefined ? [] : [keys]));
  const without = read.filter((keys) => keys.length === 0).length;
  const keys = read.flat();
  const states = [...Map.groupBy(keys, ({ state }) => state)];
  return [
    ...(accounts.length === 0 ? [noAccountText(isAll, blindSpots.length === 0)] : []),
    ...(without === 0 ? [] : [`${counted(without, 'service account')} without a user-managed key.`]),
    ...(keys.length === 0
      ? []
      : [
          `${counted(keys.length, 'key')}: ${states.map(([state, same]) => `${same.length} ${stateText(state)}`).join(', ')}.`,
          colors.dim(cautionText),
        ]),
  ];
};

const noAccountText = (isAll: boolean, isComplete: boolean): string => {
  if (isAll) return 'No service account was seen.';
  return `${isComplete ? 'The ledger lists no grant of a service account' : 'No grant of a service account was seen in the ledger'}. --all shows every service account.`;
};
