import { evidenceText, keyCommands } from './evidence-text.ts';
import type { KeyEvidence } from './judge.ts';
import type { AccountKeys } from './read-keys.ts';

/** A service account with its keys, as documents have them (docs/commands.schema.json). */
export interface AccountDocument extends Omit<AccountKeys, 'keys'> {
  /** Left out if they could not be read. */
  readonly keys?: readonly KeyDocument[];
}

export interface KeyDocument extends KeyEvidence {
  /** The evidence in sentences. */
  readonly evidence: string;
  /** The commands to run for it, in this order. */
  readonly commands: readonly string[];
}

export const accountDocument = (account: AccountKeys): AccountDocument => {
  const { keys, ...rest } = account;
  if (keys === undefined) return rest;
  return {
    ...rest,
    keys: keys.map((key) => ({
      ...key,
      evidence: evidenceText(account, key),
      commands: keyCommands(account.email, key).map(({ command }) => command),
    })),
  };
};
