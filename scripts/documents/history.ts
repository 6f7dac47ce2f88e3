import * as v from 'valibot';
import { blindSpots, count, role, text, texts, version } from './common.ts';

const outcomeEntry = v.strictObject({
  kind: v.literal('outcome'),
  at: text,
  result: v.picklist(['Granted', 'Revoked', 'Refused', 'Failed', 'Confirmed', 'Forgotten']),
  id: text,
  role,
  grant: v.exactOptional(text),
  target: v.exactOptional(v.string()),
  tagValue: v.exactOptional(v.string()),
  expiresAt: v.exactOptional(text),
  requestedBy: v.exactOptional(v.string()),
  isRecorded: v.exactOptional(v.literal(true)),
  answeredBy: v.exactOptional(v.string()),
  because: v.exactOptional(text),
  eventId: v.exactOptional(v.string()),
  eventName: v.exactOptional(v.string()),
  reason: v.exactOptional(v.string()),
  isPlanned: v.exactOptional(v.literal(true)),
});
const answerEntry = v.strictObject({
  kind: v.literal('answer'),
  at: text,
  answer: v.string(),
  answeredBy: v.string(),
});
export const entries = v.array(v.union([outcomeEntry, answerEntry]));
export const logs = v.array(
  v.strictObject({ functionName: text, from: text, retentionDays: v.exactOptional(count) }),
);
export const history = v.strictObject({
  version,
  since: text,
  until: text,
  entries,
  standing: v.array(
    v.strictObject({
      role,
      grants: texts,
      target: text,
      expiresAt: v.exactOptional(text),
      since: text,
      requestedBy: v.exactOptional(text),
    }),
  ),
  logs,
  blindSpots,
});
