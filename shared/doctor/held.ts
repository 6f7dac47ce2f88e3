import { toFailure } from '../core/errors.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import { type HeldRole, rolesGiven } from './permissions.ts';
import type { GoogleView } from './ports.ts';

export interface Held {
  readonly held: readonly HeldRole[];
  /** Why something could not be read that might give more. */
  readonly unread: readonly string[];
}

/** What some policies together give a member: the permissions of each Google role are read from Google. */
export const heldBy = async (
  google: GoogleView,
  member: string,
  policies: readonly (() => Promise<AllowPolicy | undefined>)[],
): Promise<Held> => {
  const held: HeldRole[] = [];
  const unread: string[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (thrown) {
      unread.push(toFailure(thrown).message);
    }
  };
  for (const read of policies)
    await attempt(async () => {
      for (const { role, isConditional } of rolesGiven((await read()) ?? {}, member))
        await attempt(async () => {
          const state = await google.customRole(role);
          const isGiving = state.kind === 'there' && !state.isDeleted && state.isDisabled !== true;
          const permissions = isGiving ? state.permissions : [];
          held.push({ role, isConditional, permissions });
        });
    });
  return { held, unread };
};
