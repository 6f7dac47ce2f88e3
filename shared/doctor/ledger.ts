import type { HeldNow } from '../core/held-now.ts';
import { deploy, rolebridge } from './commands.ts';
import { type Finding, failed, listed, ok, okUnless, type Problem, warning } from './finding.ts';
import type { LedgerState } from './ports.ts';

const region = '--region us-east-1';
const ledgerLost = 'docs/operations.md, "The ledger is lost"';
const tableGone = 'docs/operations.md, "The ledger\'s table is gone"';

export const checkLedger = (stage: string, state: LedgerState): Finding => {
  if (state.kind === 'absent')
    return state.name === ''
      ? failed('The sweep names no table for the ledger.', `Make it: ${deploy(stage)}`)
      : failed(
          `There is no table ${state.name}, so nothing can be bound.`,
          `Restore it under the same name: ${tableGone}`,
        );
  const { name, isProtected, isRecoverable, revokeAll, held = [], unreadable = [] } = state;
  const problems: readonly Problem[] = [
    ...(isProtected
      ? []
      : [
          {
            message: `Table ${name} is not protected from deletion.`,
            fix: `Protect it: aws dynamodb update-table --table-name ${name} --deletion-protection-enabled ${region}`,
          },
        ]),
    ...(isRecoverable
      ? []
      : [
          {
            message: `Table ${name} cannot be restored: point-in-time recovery is off.`,
            fix: `Turn it on: aws dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true ${region}`,
          },
        ]),
    ...(unreadable.length === 0
      ? []
      : [
          {
            message: `Table ${name} has items that this version cannot read: ${listed(unreadable)}.`,
            fix: `If no newer version wrote them, delete them: ${ledgerLost}`,
          },
        ]),
  ];
  if (problems.length > 0) return okUnless(problems, '');
  if (revokeAll === undefined && held.length > 0) return checkHeld(stage, held);
  return revokeAll === undefined
    ? ok(`Table ${name} is protected from deletion, and can be restored to any second of the last 35 days.`)
    : warning(
        `Everything is revoked since ${revokeAll.at}, as ${revokeAll.answeredBy} asked: nothing is granted.`,
        `To grant again: ${rolebridge(stage, 'resume')}`,
      );
};

const checkHeld = (stage: string, held: readonly HeldNow[]): Finding =>
  warning(
    held
      .map(
        ({ accountId, count, limit, at }) =>
          `In AWS account ${accountId} ${count} revocations are held, and sweep.maxRevocations is ${limit} (sweep of ${at}).`,
      )
      .join('\n'),
    `See them: ${rolebridge(stage, 'plan')}. What to do: docs/operations.md, "Held revocations"`,
  );

/** `boundOn`: a service account on which our pool has a member. */
export const checkLedgerMembers = (
  stage: string,
  { isEmpty, name, emptiedAt }: Extract<LedgerState, { readonly kind: 'there' }>,
  boundOn: string | undefined,
): Finding => {
  if (emptiedAt !== undefined)
    return failed(
      `The sweep of ${emptiedAt} found that someone had emptied table ${name}, and no person has answered for that yet.`,
      answerFix(stage),
    );
  if (!isEmpty) return ok(`Table ${name} is in use.`);
  return boundOn === undefined
    ? ok(`Table ${name} is empty, and our pool has no member.`)
    : failed(
        `Table ${name} is empty although our pool has members (on ${boundOn}): someone emptied it.`,
        answerFix(stage),
      );
};

const answerFix = (stage: string): string =>
  'Name the earlier projects, regions, prefixes and pools in rolebridge.yml again for one sweep ' +
  `(${rolebridge(stage, 'sweep')}), then ${rolebridge(stage, 'sweep --accept-table')}: ${ledgerLost}`;
