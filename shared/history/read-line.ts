import { stripVTControlCharacters } from 'node:util';
import * as v from 'valibot';
import { isRealDay } from '../core/calendar.ts';
import { parseJson } from '../core/json.ts';
import { targetText } from '../core/model.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import type { HistoryEntry, OutcomeEntry } from './entry.ts';
import type { LoggedLine } from './ports.ts';

/** Reads a line that a search found; undefined if this version cannot read it. Such a line is a blind spot, never left out. */
export const readLine = ({ at, text: line }: Pick<LoggedLine, 'at' | 'text'>): HistoryEntry | undefined => {
  const value = parseJson(line);
  const outcome = v.safeParse(outcomeLine, value);
  if (outcome.success) return outcomeEntry(outcome.output);
  const answer = v.safeParse(answerLine, value);
  if (!answer.success) return undefined;
  return { kind: 'answer', at, answer: answer.output.answer, answeredBy: answer.output.answeredBy };
};

/** In characters. Only a reason may be longer. */
const longestField = 4000;

/**
 * Tags and error texts of other services end up in the log, and anyone who may write to the log group can add lines. So no
 * text can move the cursor, break a line of the table, or repeat a secret.
 */
const cleaned = (text: string): string =>
  withoutSecrets(stripVTControlCharacters(text), longestField)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();

const text = v.pipe(v.string(), v.transform(cleaned));
const optional = v.exactOptional(text);
/** Exactly as the functions write it: any other zone or spelling could put the entry at the wrong place. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,3})?Z$/),
  v.check((time) => isRealDay(time.slice(0, 10))),
);
const target = v.union([
  v.object({ kind: v.literal('serviceAccount'), email: text }),
  v.object({ kind: v.literal('direct'), googleRole: text, resource: text }),
]);

const outcomeLine = v.object({
  message: v.pipe(v.string(), v.startsWith('Google Access ')),
  outcome: v.object({
    version: v.literal(1),
    id: text,
    at: moment,
    role: v.object({ partition: text, accountId: text, roleName: text, roleId: optional }),
    grant: optional,
    tag: v.exactOptional(v.object({ value: text })),
    target: v.exactOptional(target),
    expiresAt: v.exactOptional(moment),
    requestedBy: optional,
    isRecorded: v.exactOptional(v.literal(true)),
    answeredBy: optional,
    cause: v.object({
      eventId: optional,
      eventName: optional,
      because: v.exactOptional(v.picklist(['sweep', 'guardrailChanged', 'expired', 'otherEvent'])),
    }),
    reason: optional,
    planned: v.exactOptional(v.literal(true)),
  }),
});

const result = v.picklist(['Granted', 'Revoked', 'Refused', 'Failed', 'Confirmed', 'Forgotten']);

const answerLine = v.object({
  message: v.literal('A person answers.'),
  answer: text,
  answeredBy: text,
});

const outcomeEntry = ({ message, outcome }: v.InferOutput<typeof outcomeLine>): OutcomeEntry | undefined => {
  const type = v.safeParse(result, message.slice('Google Access '.length));
  if (!type.success) return undefined;
  const { version: _, tag, target: account, cause, planned, ...same } = outcome;
  const named = account === undefined ? tag?.value : targetText(account);
  return {
    kind: 'outcome',
    result: type.output,
    ...same,
    ...cause,
    ...(named === undefined ? {} : { target: named }),
    ...(tag === undefined ? {} : { tagValue: tag.value }),
    ...(planned === undefined ? {} : { isPlanned: planned }),
  };
};
