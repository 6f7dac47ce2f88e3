import type { SweepAnswer } from '../../shared/app/sweep-answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { isRecord } from '../../shared/core/json.ts';
import { roleText } from '../../shared/core/model.ts';
import { colors } from '../colors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { counted } from './counted.ts';
import { limitLines } from './limit-lines.ts';
import { revokedLines } from './revoked-lines.ts';

/** What the deployed function answered. It may be older than this program. */
export const sweepAnswer = (answer: unknown): SweepAnswer => {
  if (isRecord(answer) && typeof answer['drifted'] === 'number' && Array.isArray(answer['limits']))
    return answer as unknown as SweepAnswer;
  throw new PermanentError(
    `The sweep answered what this version cannot read (${JSON.stringify(answer)}). Deploy this version: npm run deploy.`,
  );
};

export const sweepText = (
  stage: string,
  { limits, drifted, blindSpots, leftAlone, dropped, revokeAll, forgotten, ...seen }: SweepAnswer,
): string =>
  [
    `Looked at ${counted(seen.rolesSeen, 'role')}, ${counted(seen.parametersSeen, 'parameter')} and ${counted(seen.policiesRead, 'allow policy', 'allow policies')}` +
      ` (${counted(seen.notReadable, 'service account')} not readable, ${seen.notOptedIn} not opted in).`,
    drifted === 0
      ? 'Nothing has drifted.'
      : `${counted(drifted, 'role')} drifted; reconcile repairs them now.`,
    ...revokedLines(stage, revokeAll),
    ...(forgotten === undefined
      ? []
      : [
          `Forgotten: ${counted(forgotten.dropped, 'binding')}; each is an outcome "Google Access Forgotten".`,
          ...forgotten.kept.map(({ role, email, reason }) =>
            colors.yellow(`Kept: ${roleText(role)} on ${email}, because ${reason}`),
          ),
        ]),
    ...limitLines(stage, limits),
    ...blindSpots.map(({ what, reason }) => colors.yellow(`Not seen: ${what} (${reason})`)),
    ...leftAlone.map(({ region, name }) => `Left alone, not ours: ${name} in ${region}`),
    ...dropped.map(({ kind, name }) =>
      kind === 'account'
        ? `Still in the ledger, since its parameters cannot be read any more: account ${name}. If it is gone: rolebridge forget --account ${name}`
        : `Still clearing what rolebridge.yml no longer names: ${kind} ${name}`,
    ),
  ].join('\n');

export const sweepExitCode = ({ drifted, limits, blindSpots }: SweepAnswer): ExitCode =>
  drifted > 0 || limits.some(({ kind }) => kind !== 'released') || blindSpots.length > 0
    ? exitCodes.difference
    : exitCodes.done;
