import { approvalKey, revokeAllKey, writeAnswer } from '../core/answer-item.ts';
import { PermanentError, RetryableError } from '../core/errors.ts';
import { canRevoke, isDryRun } from '../core/mode.ts';
import type { Settings } from '../core/settings.ts';
import type { GivenAnswer } from '../core/sweep-request.ts';
import { type ItemKey, itemKeyText } from '../core/table-item.ts';
import type { SweepPorts } from '../ports.ts';
import { acceptTable } from './table-verdict.ts';

/** `needless`: there was nothing to answer. */
export type AnswerEffect = 'kept' | 'needless';

/** Saves a person's answer before the sweep reads anything, so that the rest of the sweep follows it. */
export const keepAnswer = async (
  settings: Settings,
  ports: SweepPorts,
  { answer, answeredBy }: GivenAnswer,
): Promise<AnswerEffect> => {
  const now = ports.clock.now();
  switch (answer.kind) {
    case 'acceptTable':
      checkWritable(settings);
      return acceptTable(ports, answeredBy);
    case 'revokeAll':
      checkRevocable(settings);
      await overwrite(ports, revokeAllKey, writeAnswer('revoke', answeredBy, now));
      return 'kept';
    case 'resume':
      checkWritable(settings);
      return removeItem(ports, revokeAllKey);
    case 'approve':
    case 'adopt':
      checkWritable(settings);
      return 'kept';
    case 'forget':
      // These are about what the sweep is yet to find.
      return 'kept';
  }
};

/** @throws PermanentError in modes in which others may use the pool, or nothing may be written. */
export const checkRevocable = ({ mode }: Settings): void => {
  if (canRevoke(mode)) return;
  throw new PermanentError(
    mode === 'upsert-only'
      ? 'In mode upsert-only, others may own bindings in the pool, so rolebridge revokes nothing. Untag the roles and remove their bindings by hand ("rolebridge roles" lists them).'
      : 'In mode dry-run nothing is written. Set mode: sync in rolebridge.yml to revoke everything.',
    { because: 'answerRefused' },
  );
};

/** An answer that was only tried must not take effect later, in another mode. */
const checkWritable = ({ mode }: Settings): void => {
  if (isDryRun(mode))
    throw new PermanentError(
      'In mode dry-run nothing is written, so no answer is kept. Set another mode in rolebridge.yml, deploy, and answer again.',
      { because: 'answerRefused' },
    );
};

/** A later answer replaces an earlier one. @throws RetryableError if someone else answers at the same time. */
export const overwrite = async ({ table }: SweepPorts, key: ItemKey, body: string): Promise<void> => {
  const [known] = await table.read([key]);
  const written = await table.write({ ...key, body }, known?.revision);
  if (written.kind === 'lost') throw answeredTwice(key);
};

const answeredTwice = (key: ItemKey): RetryableError =>
  new RetryableError(`Someone else gives the answer "${itemKeyText(key)}" at the same time. Try again.`);

const removeItem = async ({ table }: SweepPorts, key: ItemKey): Promise<AnswerEffect> => {
  const [known] = await table.read([key]);
  if (known === undefined) return 'needless';
  if ((await table.remove(key, known.revision)).kind === 'lost') throw answeredTwice(key);
  return 'kept';
};

/** Saves who approved held revocations: for an hour, each sweep releases those on the list that are still due. */
export const keepApproval = (
  ports: SweepPorts,
  { hash, answeredBy }: { readonly hash: string; readonly answeredBy: string },
): Promise<void> =>
  overwrite(ports, approvalKey(hash), writeAnswer('approve', answeredBy, ports.clock.now()));
