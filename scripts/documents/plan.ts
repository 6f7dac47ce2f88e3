import * as v from 'valibot';
import {
  blindSpots,
  condition,
  isRoleUnseen,
  limits,
  placedParameter,
  revokeAll,
  role,
  text,
  texts,
  version,
} from './common.ts';

const planChange = <const Kinds extends readonly [string, ...string[]], Fields extends v.ObjectEntries>(
  kinds: Kinds,
  fields: Fields,
) =>
  v.strictObject({
    kind: v.picklist(kinds),
    grants: texts,
    isHeld: v.boolean(),
    obstacle: v.exactOptional(text),
    isImpossible: v.exactOptional(v.literal(true)),
    differs: v.exactOptional(texts),
    ...fields,
  });
export const changeKinds = [
  'bind',
  'unbind',
  'list',
  'unlist',
  'publish',
  'unpublish',
  'writeStatus',
  'removeStatus',
] as const;
/** The access that a change is about: as a service account, or a Google role on a resource. */
const accessFields = [{ email: text }, { target: text }] as const;
/** A change of access, of a config, or of the ledger only. */
const change = v.union([
  ...accessFields.flatMap((access) => [
    planChange(['bind', 'unbind', 'list', 'unlist'], {
      ...access,
      resource: text,
      member: text,
      condition: v.exactOptional(condition),
    }),
    planChange(['publish'], {
      ...access,
      region: text,
      name: text,
      isNew: v.boolean(),
      otherType: v.exactOptional(text),
    }),
  ]),
  planChange(['unpublish', 'writeStatus', 'removeStatus'], { region: text, name: text }),
]);
export const grant = v.strictObject({
  name: text,
  target: text,
  /** For a Google role on a resource. */
  clientProject: v.exactOptional(text),
  /** It may stay where it is bound, and may not be bound. */
  blocked: v.exactOptional(v.strictObject({ reason: text, isPassing: v.exactOptional(v.literal(true)) })),
  expiresAt: v.exactOptional(text),
  rule: text,
  tag: v.strictObject({ key: text, value: text }),
});

/** A member that a resource had before rolebridge used it. */
export const inheritedMember = v.strictObject({
  googleRole: text,
  resource: text,
  role,
  member: text,
  isKept: v.exactOptional(v.literal(true)),
});

export const plan = v.strictObject({
  version,
  accountId: text,
  /** With several. */
  accounts: v.exactOptional(texts),
  mode: text,
  warnings: texts,
  roles: v.array(
    v.strictObject({
      role,
      isRoleUnseen,
      grants: v.array(grant),
      refusals: v.array(
        v.strictObject({ name: text, tagKey: text, value: v.string(), code: text, reason: text }),
      ),
      changes: v.array(change),
      unknown: texts,
      nearMisses: texts,
      hints: texts,
    }),
  ),
  limits,
  blindSpots,
  notReadable: texts,
  leftAlone: v.array(placedParameter),
  inherited: v.exactOptional(v.array(inheritedMember)),
  leftAccounts: v.exactOptional(texts),
  notTagged: texts,
  missing: texts,
  newRole: v.exactOptional(text),
  revokeAll,
});
