import type { SweepAnswer } from '../shared/app/sweep-answer.ts';
import { PermanentError } from '../shared/core/errors.ts';
import { isRecord } from '../shared/core/json.ts';
import { roleText } from '../shared/core/model.ts';
import { counted } from '../shared/counted.ts';
import { colors } from './colors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { leftAccountLines } from './left-account-lines.ts';
import { leftAloneLines } from './left-alone-lines.ts';
import { limitLines } from './limit-lines.ts';
import { revokedLines } from './revoked-lines.ts';

export const sweepText = (
  stage: string,
  {
    limits,
    drifted,
    blindSpots,
    leftAlone,
    dropped,
    revokeAll,
    forgotten,
    adopted,
    answer,
    joining = [],
    cut = [],
    ...seen
  }: SweepAnswer,
): string =>
  [
    `Looked at ${counted(seen.rolesSeen, 'role')}, ${counted(seen.parametersSeen, 'parameter')} and ${counted(seen.policiesRead, 'allow policy', 'allow policies')}` +
      `${unreadText(seen)}.`,
    drifted.length === 0
      ? blindSpots.length === 0
        ? 'Nothing has drifted.'
        : 'Nothing has drifted in what was seen.'
      : `${cut.includes('drifted') ? 'More than ' : ''}${counted(drifted.length, 'role')} drifted; reconcile repairs them now.`,
    ...revokedLines(stage, revokeAll),
    ...answerLines(answer, limits),
    ...(forgotten === undefined
      ? []
      : [
          ...(forgotten.dropped.length === 0
            ? []
            : [
                `Forgotten: ${counted(forgotten.dropped.length, 'binding')}. Each has an outcome "Google Access Forgotten".`,
              ]),
          ...(forgotten.isOutOfScope
            ? [`Forgotten: the entry of ${forgotten.thing.kind} ${forgotten.thing.name}.`]
            : []),
          ...forgotten.kept.map(({ role, email, reason }) =>
            colors.yellow(`Kept: ${roleText(role)} on ${email}, because ${reason}`),
          ),
        ]),
    ...adoptedLines(adopted),
    ...limitLines(stage, limits),
    ...blindSpots.map(({ what, reason }) => colors.yellow(`Not seen: ${what} (${reason})`)),
    ...joining.map(
      ({ accountId, reason }) =>
        `Joining: account ${accountId}. The functions have never reached it (${reason})`,
    ),
    ...leftAloneLines(leftAlone),
    ...dropped.flatMap((one) => droppedLines(stage, one)),
  ].join('\n');

/** Checks what the deployed function answered: it may be older than this program. */
export const parseSweepAnswer = (answer: unknown): SweepAnswer => {
  const lists = ['drifted', 'limits', 'notReadable', 'notOptedIn'];
  if (isRecord(answer) && lists.every((name) => Array.isArray(answer[name])))
    return answer as unknown as SweepAnswer;
  throw new PermanentError(
    `This version cannot read the answer of the deployed sweep (${JSON.stringify(answer)}). Deploy this version: npm run deploy.`,
  );
};

const droppedLines = (
  stage: string,
  { kind, name, goneAt }: SweepAnswer['dropped'][number],
): readonly string[] => {
  if (kind === 'account') return leftAccountLines(stage, [name]);
  if (kind === 'site' && goneAt !== undefined)
    return [
      `No longer in rolebridge.yml, and gone since ${goneAt}: ${name}. Watched for 92 days, in case its owner restores it`,
    ];
  return [`No longer in rolebridge.yml, and still being cleared: ${kind} ${name}`];
};

const adoptedLines = (adopted: SweepAnswer['adopted']): readonly string[] => {
  if (adopted === undefined) return [];
  const members = `${counted(adopted.count, 'member')} of ${adopted.resource}`;
  return [
    adopted.verdict === 'keep'
      ? `Kept: ${members}. rolebridge leaves them alone, and no longer lists them.`
      : `Adopted: ${members}. Sweeps remove those whose roles have no tag for them, within the revocation limit.`,
  ];
};

/** Accounts whose policies were not read, if there are any. */
const unreadText = ({ notReadable, notOptedIn }: Pick<SweepAnswer, 'notReadable' | 'notOptedIn'>): string => {
  const parts = [
    ...(notReadable.length === 0 ? [] : [`${counted(notReadable.length, 'service account')} not readable`]),
    ...(notOptedIn.length === 0 ? [] : [`${notOptedIn.length} not opted in`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

/** An incomplete answer is a failure, as in every command. */
export const sweepExitCode = ({ drifted, limits, blindSpots }: SweepAnswer): ExitCode => {
  if (blindSpots.length > 0) return exitCodes.failed;
  return drifted.length > 0 || limits.some(({ kind }) => kind !== 'released')
    ? exitCodes.difference
    : exitCodes.done;
};

/** The effect of a person's answer. The results of `forget`, `adopt` and `revoke --all` have lines of their own. */
const answerLines = (answer: SweepAnswer['answer'], limits: SweepAnswer['limits']): readonly string[] => {
  const { text = '', isNeedless = false } = answer ?? {};
  const [verb = ''] = text.split(' ');
  switch (verb) {
    case 'accept':
      return [
        isNeedless
          ? 'The table needed no answer: no sweep has found it emptied.'
          : 'Your answer is recorded, with your name: the table no longer counts as emptied.',
      ];
    case 'resume':
      return [
        isNeedless
          ? 'Nothing was revoked, so there was nothing to resume.'
          : 'Resumed: roles have again what their tags request.',
      ];
    case 'approve':
      return limits.some(({ approved }) => approved > 0)
        ? []
        : [
            'Your answer is recorded, with your name. Nothing on that list is due, so nothing is revoked now.',
          ];
    default:
      return [];
  }
};
