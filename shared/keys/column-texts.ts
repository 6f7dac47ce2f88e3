import type { KeyEvidence, KeyState } from './judge.ts';
import { dayOf } from './time.ts';

/** The columns of a key: when it was created, when it expires, its last use, and its state. */
export const keyTexts = (key: KeyEvidence): readonly [string, string, string, string] => [
  key.createdAt === undefined ? 'not known' : dayOf(key.createdAt),
  expiryText(key),
  useText(key),
  keyStateTexts[key.state],
];

const expiryText = ({ expiresAt, neverExpires }: KeyEvidence): string => {
  if (neverExpires === true) return 'never';
  return expiresAt === undefined ? 'not known' : dayOf(expiresAt);
};

const useText = ({ use }: KeyEvidence): string => {
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

export const keyStateTexts: Readonly<Record<KeyState, string>> = {
  expired: 'expired',
  disabled: 'disabled',
  leaked: 'leaked',
  replaced: 'may be replaced',
  idle: 'idle',
  tooEarly: 'too early to judge',
  used: 'used',
  noData: 'no data',
  unread: 'not readable',
};

/** Stands below all evidence. */
export const cautionText =
  'This is evidence, not proof: a job that runs twice a year looks idle. Disable a key first, and delete it weeks later (docs/keys.md).';
