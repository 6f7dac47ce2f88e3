import type { SweepAnswer } from '../shared/app/sweep-answer.ts';
import { PermanentError } from '../shared/core/errors.ts';
import { isRecord } from '../shared/core/json.ts';
import { roleText } from '../shared/core/model.ts';
import { colors } from './colors.ts';
import { counted } from './counted.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
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
  { limits, drifted, blindSpots, leftAlone, dropped, revokeAll, forgotten, answer, ...seen }: SweepAnswer,
): string =>
  [
    `Looked at ${counted(seen.rolesSeen, 'role')}, ${counted(seen.parametersSeen, 'parameter')} and ${counted(seen.policiesRead, 'allow policy', 'allow policies')}` +
      ` (${counted(seen.notReadable, 'service account')} not readable, ${seen.notOptedIn} not opted in).`,
    drifted === 0
      ? blindSpots.length === 0
        ? 'Nothing has drifted.'
        : 'Nothing has drifted in what was seen.'
      : `${counted(drifted, 'role')} drifted; reconcile repairs them now.`,
    ...revokedLines(stage, revokeAll),
    ...answerLines(answer, limits),
    ...(forgotten === undefined
      ? []
      : [
          ...(forgotten.dropped === 0
            ? []
            : [
                `Forgotten: ${counted(forgotten.dropped, 'binding')}; each is an outcome "Google Access Forgotten".`,
              ]),
          ...(forgotten.isOutOfScope
            ? [`Forgotten: the entry of ${forgotten.thing.kind} ${forgotten.thing.name}.`]
            : []),
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

/** What a person's answer did. What `forget` and `revoke --all` did is in lines of their own. */
const answerLines = (answer: SweepAnswer['answer'], limits: SweepAnswer['limits']): readonly string[] => {
  const { text = '', isNeedless = false } = answer ?? {};
  const [verb = ''] = text.split(' ');
  switch (verb) {
    case 'accept':
      return [
        isNeedless
          ? 'The table needed no answer: no sweep has found it emptied.'
          : 'Your answer is kept, with your name: the table no longer counts as emptied.',
      ];
    case 'resume':
      return [
        isNeedless
          ? 'Nothing was revoked, so there was nothing to resume.'
          : 'Resumed: roles have again what their tags ask for.',
      ];
    case 'approve':
      return limits.some(({ approved }) => approved > 0)
        ? []
        : ['Your answer is kept, with your name. Nothing on that list is due, so it releases nothing now.'];
    default:
      return [];
  }
};

/** An answer that is not whole is a failure, as in every command. */
export const sweepExitCode = ({ drifted, limits, blindSpots }: SweepAnswer): ExitCode => {
  if (blindSpots.length > 0) return exitCodes.failed;
  return drifted > 0 || limits.some(({ kind }) => kind !== 'released')
    ? exitCodes.difference
    : exitCodes.done;
};
