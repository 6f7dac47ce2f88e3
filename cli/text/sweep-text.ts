import type { SweepAnswer } from '../../shared/app/sweep.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { isRecord } from '../../shared/core/json.ts';
import { roleText } from '../../shared/core/model.ts';
import { colors } from '../colors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { counted } from './counted.ts';

/** What the deployed function answered. It may be older than this program. */
export const sweepAnswer = (answer: unknown): SweepAnswer => {
  if (isRecord(answer) && typeof answer['drifted'] === 'number' && isRecord(answer['brake']))
    return answer as unknown as SweepAnswer;
  throw new PermanentError(
    `The sweep answered what this version cannot read (${JSON.stringify(answer)}). Deploy this version: npm run deploy.`,
  );
};

export const sweepText = (
  stage: string,
  { brake, drifted, blindSpots, leftAlone, dropped, revokeAll, forgotten, ...seen }: SweepAnswer,
): string =>
  [
    `Looked at ${counted(seen.rolesSeen, 'role')}, ${counted(seen.parametersSeen, 'parameter')} and ${counted(seen.policiesRead, 'allow policy', 'allow policies')}` +
      ` (${counted(seen.notReadable, 'service account')} not readable, ${seen.notOptedIn} not opted in).`,
    drifted === 0
      ? 'Nothing has drifted.'
      : `${counted(drifted, 'role')} drifted; reconcile repairs them now.`,
    ...(revokeAll === undefined
      ? []
      : [
          colors.yellow(
            `Everything is revoked since ${revokeAll.at}, as ${revokeAll.answeredBy} asked. To grant again: rolebridge resume --stage ${stage}`,
          ),
        ]),
    ...(forgotten === undefined
      ? []
      : [
          `Forgotten: ${counted(forgotten.dropped, 'binding')}; each is an outcome "Google Access Forgotten".`,
          ...forgotten.kept.map(({ role, email, reason }) =>
            colors.yellow(`Kept: ${roleText(role)} on ${email}, because ${reason}`),
          ),
        ]),
    ...(brake.kind === 'held'
      ? [
          colors.yellow(
            `Held: ${counted(brake.count, 'access', 'accesses')} would be taken away, and sweep.maxRevocations is ${brake.limit}. See them with "rolebridge plan --stage ${stage}"; let them pass with:`,
          ),
          `  rolebridge sweep --stage ${stage} --approve ${brake.hash}`,
        ]
      : []),
    ...(brake.kind === 'blind'
      ? [colors.yellow('The list of roles broke off, so no access is taken away.')]
      : []),
    ...blindSpots.map(({ what, reason }) => colors.yellow(`Not seen: ${what} (${reason})`)),
    ...leftAlone.map(({ region, name }) => `Left alone, not ours: ${name} in ${region}`),
    ...dropped.map(({ kind, name }) =>
      kind === 'account'
        ? `Still in the ledger, since its parameters cannot be read any more: account ${name}. If it is gone: rolebridge forget --account ${name}`
        : `Still clearing what rolebridge.yml no longer names: ${kind} ${name}`,
    ),
  ].join('\n');

export const sweepExitCode = ({ drifted, brake, blindSpots }: SweepAnswer): ExitCode =>
  drifted > 0 || brake.kind !== 'released' || blindSpots.length > 0 ? exitCodes.difference : exitCodes.done;
