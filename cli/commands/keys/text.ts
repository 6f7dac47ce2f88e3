import type { Timestamp } from '../../../shared/core/model.ts';
import { roleLabel } from '../../../shared/core/role-argument.ts';
import { evidenceText, keyCommands } from '../../../shared/keys/evidence-text.ts';
import type { KeyEvidence, KeyState } from '../../../shared/keys/judge.ts';
import type { AccountKeys, KeyFindings } from '../../../shared/keys/read-keys.ts';
import { dayOf } from '../../../shared/keys/time.ts';
import type { Use } from '../../../shared/keys/use.ts';
import { colors } from '../../colors.ts';
import { columns } from '../../columns.ts';
import { counted } from '../../counted.ts';

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
    ...sumLines(accounts, options.isAll),
    ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
  ].join('\n');
};

const accountText = (account: AccountKeys, { accountIds, width }: TextOptions): string => {
  const { email, grantedSince, roles, use, keys = [] } = account;
  return [
    email,
    `  ${grantText(
      grantedSince,
      roles.map((role) => roleLabel(accountIds, role)),
    )} ${accountUseText(use)}`,
    columns(['  KEY', 'CREATED', 'EXPIRES', 'LAST USE', 'STATE'], keys.map(rowOf), width),
    ...keys.flatMap((key) => [
      `  ${key.id}: ${evidenceText(account, key)}`,
      ...keyCommands(email, key).map(({ purpose, command }) => `    ${purpose}: ${command}`),
    ]),
  ].join('\n');
};

const grantText = (grantedSince: Timestamp | undefined, roles: readonly string[]): string => {
  if (grantedSince === undefined) return 'No role has a grant.';
  const shown = roles.slice(0, mostRoles).join(', ');
  const more = roles.length > mostRoles ? ` and ${roles.length - mostRoles} more` : '';
  return `Federated access since ${dayOf(grantedSince)}: ${shown}${more}.`;
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
  const { id, createdAt, use, state } = key;
  return [
    `  ${id}`,
    createdAt === undefined ? 'not known' : dayOf(createdAt),
    expiryText(key),
    useText(use),
    stateTexts[state],
  ];
};

const expiryText = ({ expiresAt, neverExpires }: KeyEvidence): string => {
  if (neverExpires === true) return 'never';
  return expiresAt === undefined ? 'not known' : dayOf(expiresAt);
};

const useText = (use: Use): string => {
  switch (use.kind) {
    case 'seen':
      return dayOf(use.at);
    case 'notSeen':
      return `not since ${dayOf(use.from)}`;
    case 'noData':
      return 'no data';
    case 'notEnabled':
    case 'notPermitted':
    case 'unreadable':
      return 'not readable';
  }
};

const stateTexts: Readonly<Record<KeyState, string>> = {
  expired: colors.dim('expired'),
  disabled: colors.dim('disabled'),
  leaked: colors.red('leaked'),
  replaced: colors.yellow('may be replaced'),
  idle: colors.yellow('idle'),
  tooEarly: 'too early to judge',
  used: colors.green('used'),
  noData: 'no data',
  unread: colors.red('not readable'),
};

const sumLines = (accounts: readonly AccountKeys[], isAll: boolean): readonly string[] => {
  const read = accounts.flatMap(({ keys }) => (keys === undefined ? [] : [keys]));
  const without = read.filter((keys) => keys.length === 0).length;
  const keys = read.flat();
  const states = [...Map.groupBy(keys, ({ state }) => state)];
  return [
    ...(accounts.length === 0
      ? [
          isAll
            ? 'No service account was seen.'
            : 'The ledger lists no grant of a service account. --all shows every service account.',
        ]
      : []),
    ...(without === 0 ? [] : [`${counted(without, 'service account')} without a user-managed key.`]),
    ...(keys.length === 0
      ? []
      : [
          `${counted(keys.length, 'key')}: ${states.map(([state, same]) => `${same.length} ${stateTexts[state]}`).join(', ')}.`,
          colors.dim(
            'This is evidence, not proof: a job that runs twice a year looks idle. Disable a key first, and delete it weeks later (docs/keys.md).',
          ),
        ]),
  ];
};
