import type { Timestamp } from '../core/model.ts';
import { projectOf } from '../core/service-account.ts';
import type { KeyEvidence } from './judge.ts';
import type { KeyAlert } from './key.ts';
import type { AccountKeys } from './read-keys.ts';
import { dayMilliseconds, dayOf, daysBetween } from './time.ts';
import type { Use } from './use.ts';

/** The evidence about a key, in sentences. They name facts and their dates, and conclude nothing that the facts do not prove. */
export const evidenceText = (account: KnownAccount, key: KeyEvidence): string =>
  [
    stateText(key),
    ...key.alerts.map((alert) => alertTexts[alert]),
    useText(key, account),
    otherUse(account, key),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');

type KnownAccount = Pick<AccountKeys, 'grantedSince' | 'isLedgerIncomplete' | 'use'>;

const stateText = ({ state, expiresAt }: KeyEvidence): string => {
  if (state === 'expired') return `It expired on ${dayOf(String(expiresAt))}.`;
  return state === 'disabled' ? 'It is disabled.' : '';
};

const alertTexts: Readonly<Record<KeyAlert, string>> = {
  exposed: 'Google found its private half in public.',
  compromised: 'Google detected that it was abused.',
  unknown: 'Google reports an alert about it that this version does not know.',
};

const useText = ({ use, state, idleDays }: KeyEvidence, account: KnownAccount): string => {
  switch (use.kind) {
    case 'seen':
      return `Last used on ${dayOf(use.at)}${beforeGrant(use.at, account)}, ${daysText(idleDays)} before the end of Google's data (${dayOf(use.until)}).`;
    case 'notSeen':
      return state === 'noData'
        ? 'When it was created is not known, so neither is for how long it has not been used.'
        : `Not used from ${dayOf(use.from)} to ${dayOf(use.until)}, as far as Google has seen. ${existenceText(use, idleDays)}`;
    case 'noData':
      return use.reason;
    case 'notEnabled':
    case 'notPermitted':
    case 'unreadable':
      return 'Its last use could not be read.';
  }
};

/** Google's day of the use ends 24 hours later. An incomplete ledger may lack an older grant. */
const beforeGrant = (at: Timestamp, { grantedSince, isLedgerIncomplete }: KnownAccount): string =>
  grantedSince !== undefined &&
  isLedgerIncomplete !== true &&
  Date.parse(at) + dayMilliseconds <= Date.parse(grantedSince)
    ? ', before the first grant'
    : '';

const existenceText = ({ from, until }: Extract<Use, { kind: 'notSeen' }>, days = 0): string =>
  days >= daysBetween(from, until)
    ? 'It existed for all of that time.'
    : `Of that time, it existed for ${daysText(days)}.`;

const daysText = (days = 0): string => `${days} ${days === 1 ? 'day' : 'days'}`;

/** Whether something else is used in place of an idle key. */
const otherUse = (
  { grantedSince, isLedgerIncomplete, use }: KnownAccount,
  { state }: KeyEvidence,
): string => {
  if (state === 'replaced' && use?.kind === 'seen')
    return `After that and after the first grant, its service account authenticated without any of its present keys (on ${dayOf(use.at)}), so federated access may have replaced this key. Google does not report which role it was.`;
  if (state !== 'idle') return '';
  if (grantedSince === undefined)
    return isLedgerIncomplete === true
      ? 'Whether a role has a grant that could replace it is not known: the ledger is incomplete.'
      : 'No role has a grant that could replace it.';
  return `Nothing shows that federated access replaced it: ${otherUseTexts(use)}`;
};

const otherUseTexts = (use: Use | undefined): string => {
  if (use?.kind === 'seen')
    return `its service account last authenticated on ${dayOf(use.at)}, perhaps with one of its keys or before the first grant.`;
  return use?.kind === 'notSeen'
    ? 'its service account has not authenticated in that time.'
    : 'when its service account last authenticated is not known.';
};

/** The commands to run for a key, in this order. rolebridge changes no key. */
export const keyCommands = (email: string, { id, state, alerts }: KeyEvidence): readonly KeyCommand[] => {
  const command = (verb: string): string =>
    `gcloud iam service-accounts keys ${verb} ${id} --iam-account ${email} --project ${projectOf(email) ?? 'PROJECT'}`;
  const disable = { purpose: 'Disable it', command: command('disable') };
  const enable =
    alerts.length === 0
      ? [{ purpose: 'If something breaks, enable it again', command: command('enable') }]
      : [];
  const erase = { purpose: 'Delete it once nothing needs it', command: command('delete') };
  switch (state) {
    case 'leaked':
    case 'replaced':
    case 'idle':
      return [disable, ...enable, erase];
    case 'disabled':
      return [...enable, erase];
    case 'expired':
      return [{ ...erase, purpose: 'Delete it' }];
    case 'tooEarly':
    case 'used':
    case 'noData':
    case 'unread':
      return [];
  }
};

export interface KeyCommand {
  readonly purpose: string;
  readonly command: string;
}
