/**
 * Exactly the events that rolebridge sends (docs/outcomes.md): a field that is not named here is not sent. This becomes
 * docs/outcomes.schema.json, and the tests check every outcome that they see against it.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { DriftDetail } from '../shared/core/drift.ts';
import type { HeldDetail } from '../shared/core/held.ts';
import type { OutcomeDetail, OutcomeType } from '../shared/core/outcome.ts';

const text = v.pipe(v.string(), v.minLength(1));
const moment = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/));
const resource = v.pipe(
  v.string(),
  v.regex(
    /^(projects\/[^/]+(\/(serviceAccounts|datasets|secrets|topics|subscriptions)\/[^/]+)?|buckets\/[^/]+)$/,
  ),
);
/** A service account's resource, or `<Google role> on <resource>`. */
const access = text;

const roleName = v.pipe(v.string(), v.regex(/^[\w+=,.@-]{1,64}$/));
const role = {
  partition: v.pipe(v.string(), v.regex(/^aws[a-z-]*$/)),
  accountId: v.pipe(v.string(), v.regex(/^\d{12}$/)),
  roleName,
};
const roleRef = v.strictObject(role);
const roleWithId = v.strictObject({ ...role, roleId: v.exactOptional(text) });

const serviceAccount = v.strictObject({ kind: v.literal('serviceAccount'), email: text });
const direct = v.strictObject({ kind: v.literal('direct'), googleRole: text, resource: text });
const target = v.variant('kind', [serviceAccount, direct]);
const tag = v.strictObject({ key: text, value: v.string() });
const place = { region: text, name: v.pipe(v.string(), v.startsWith('/')) };
const places = v.array(v.strictObject(place));
const noPlaces = v.pipe(places, v.maxLength(0));
const member = v.pipe(v.string(), v.startsWith('principalSet://iam.googleapis.com/'));

const failedPart = v.variant('part', [
  v.strictObject({ part: v.literal('config'), ...place, reason: text }),
  v.strictObject({ part: v.literal('binding'), expiresAt: v.exactOptional(moment), reason: text }),
  v.strictObject({ part: v.literal('role'), step: text, reason: text }),
]);
const failed = v.exactOptional(v.pipe(v.array(failedPart), v.minLength(1)));

const leftAccess = v.strictObject({
  grants: v.array(text),
  target,
  member,
  expiresAt: v.exactOptional(moment),
  since: v.exactOptional(moment),
  isSeen: v.boolean(),
  reason: text,
});
const left = v.exactOptional(v.pipe(v.array(leftAccess), v.minLength(1)));

/** A grant of the guardrail, as it is now. */
const grant = {
  grant: text,
  tag,
  rule: text,
  target,
  member,
  parameters: places,
  pending: v.exactOptional(v.pipe(places, v.minLength(1))),
  expiresAt: v.exactOptional(moment),
  since: v.exactOptional(moment),
};

const common = {
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  role: roleWithId,
  requestedBy: v.exactOptional(text),
  isRecorded: v.exactOptional(v.literal(true)),
  answeredBy: v.exactOptional(text),
  cause: v.strictObject({
    eventId: v.exactOptional(text),
    eventName: v.exactOptional(text),
    eventIds: v.exactOptional(v.pipe(v.array(text), v.minLength(2))),
    because: v.exactOptional(v.picklist(['sweep', 'guardrailChanged', 'expired', 'otherEvent'])),
  }),
  cut: v.exactOptional(v.pipe(v.array(text), v.minLength(1))),
  planned: v.exactOptional(v.literal(true)),
  at: moment,
};

const granted = v.strictObject({ ...common, ...grant, failed, left, reason: text });

const revoked = v.strictObject({
  ...common,
  grant: v.exactOptional(text),
  target,
  member,
  parameters: places,
  since: v.exactOptional(moment),
  reason: text,
});

const refused = v.strictObject({
  ...common,
  /** The part after the tag key's slash, even if it is not a valid name. */
  grant: v.string(),
  tag,
  target: v.exactOptional(target),
  parameters: noPlaces,
  left,
  reason: text,
});

const failure = v.strictObject({
  ...common,
  grant: v.exactOptional(text),
  tag: v.exactOptional(tag),
  rule: v.exactOptional(text),
  target: v.exactOptional(target),
  member: v.exactOptional(member),
  parameters: places,
  pending: grant.pending,
  expiresAt: grant.expiresAt,
  since: grant.since,
  failed,
  reason: text,
});

const confirmed = v.strictObject({
  ...common,
  grant: v.exactOptional(text),
  target: v.exactOptional(target),
  member: v.exactOptional(member),
  parameters: places,
  grants: v.array(v.strictObject(grant)),
  left,
  reason: v.exactOptional(text),
});

const forgotten = v.strictObject({
  ...common,
  grant: v.exactOptional(text),
  target,
  member,
  parameters: noPlaces,
  since: moment,
  reason: text,
  answeredBy: text,
});

const drift = v.strictObject({
  version: v.literal(1),
  id: common.id,
  role: roleWithId,
  changes: v.array(text),
  resources: v.array(resource),
  strays: places,
  released: v.array(access),
  mayLeave: v.array(access),
  absent: v.array(resource),
  answers: v.exactOptional(v.array(text)),
  approved: v.exactOptional(v.pipe(v.array(v.strictObject({ access, answeredBy: text })), v.minLength(1))),
  cut: v.exactOptional(v.pipe(v.array(text), v.minLength(1))),
  answeredBy: v.exactOptional(text),
  at: moment,
});

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const held = v.strictObject({
  version: v.literal(1),
  id: hash,
  accountId: role.accountId,
  hash: v.exactOptional(hash),
  count,
  limit: count,
  reason: text,
  revocations: v.array(v.strictObject({ role: roleRef, email: text })),
  planned: v.exactOptional(v.literal(true)),
  at: moment,
});

const details = {
  Granted: granted,
  Revoked: revoked,
  Refused: refused,
  Failed: failure,
  Confirmed: confirmed,
  Forgotten: forgotten,
} satisfies Record<OutcomeType, v.GenericSchema<unknown, OutcomeDetail>>;

type OneOf<T> = v.GenericSchema<unknown, T>;
/** A resource's name is a template literal type, which a regular expression cannot prove. */
const sweepDetails = {
  'Drift Detected': drift,
  'Revocations Held': held,
} satisfies {
  'Drift Detected': OneOf<{ [Key in keyof DriftDetail]: unknown }>;
  'Revocations Held': OneOf<HeldDetail>;
};

type SentType = OutcomeType | keyof typeof sweepDetails;

/** The errors of an event, as EventBridge receives it; empty if it matches the documentation. */
export const faultsOf = (type: string, detail: unknown): readonly string[] => {
  const sent = { source: 'rolebridge', 'detail-type': `Google Access ${type}`, detail };
  const { issues = [] } = v.safeParse(event, sent);
  const bytes = 14 + Buffer.byteLength(`${sent.source}${sent['detail-type']}${JSON.stringify(detail)}`);
  return [
    ...issues.map((issue) => `${type} ${v.getDotPath(issue) ?? ''}: ${issue.message}`),
    ...(bytes > maxBytes ? [`${type} has ${bytes} bytes`] : []),
  ];
};

const eventOf = <Detail extends v.GenericSchema>(type: SentType, detail: Detail) =>
  v.object({
    source: v.literal('rolebridge'),
    'detail-type': v.literal(`Google Access ${type}`),
    detail,
  });

const event = v.variant('detail-type', [
  eventOf('Granted', details.Granted),
  eventOf('Revoked', details.Revoked),
  eventOf('Refused', details.Refused),
  eventOf('Failed', details.Failed),
  eventOf('Confirmed', details.Confirmed),
  eventOf('Forgotten', details.Forgotten),
  eventOf('Drift Detected', sweepDetails['Drift Detected']),
  eventOf('Revocations Held', sweepDetails['Revocations Held']),
]);

/** EventBridge takes 256 KB an entry. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const maxBytes = 262_144;

export const eventSchema = (): object => ({
  title: 'Events of rolebridge (docs/outcomes.md)',
  ...toJsonSchema(event),
});
