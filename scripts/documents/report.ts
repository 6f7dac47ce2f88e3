import * as v from 'valibot';
import {
  blindSpots,
  condition,
  count,
  isRoleUnseen,
  limits,
  placedParameter,
  revokeAll,
  role,
  text,
  texts,
  version,
} from './common.ts';
import { entries, logs } from './history.ts';
import { keyFields } from './keys.ts';
import { changeKinds, inheritedMember } from './plan.ts';
import { accessState, bindingFields } from './roles.ts';

const reportRow = v.strictObject({
  role,
  isRoleUnseen,
  grant: v.exactOptional(text),
  target: v.string(),
  googleRole: v.exactOptional(text),
  resource: v.exactOptional(text),
  state: accessState,
  ...bindingFields,
  isHeld: v.exactOptional(v.literal(true)),
  since: v.exactOptional(text),
  expiresAt: v.exactOptional(text),
  requestedBy: v.exactOptional(text),
  event: v.exactOptional(
    v.strictObject({
      name: v.exactOptional(text),
      id: v.exactOptional(text),
      at: v.exactOptional(text),
    }),
  ),
  rule: v.exactOptional(text),
  reason: v.exactOptional(v.string()),
});
const unmanaged = v.array(
  v.strictObject({ member: text, googleRole: text, resource: text, condition: v.exactOptional(condition) }),
);
export const report = v.strictObject({
  version,
  at: text,
  stage: text,
  commit: v.exactOptional(v.strictObject({ id: text, isModified: v.boolean() })),
  warnings: texts,
  mode: text,
  accountId: text,
  accounts: texts,
  counts: v.strictObject({
    active: count,
    refused: count,
    held: count,
    drifted: count,
    endingSoon: count,
    unseen: count,
  }),
  blindSpots,
  notReadable: texts,
  policies: v.strictObject({ read: texts, unread: texts }),
  rows: v.array(reportRow),
  changes: v.array(
    v.strictObject({
      role,
      isRoleUnseen,
      kind: v.picklist(changeKinds),
      what: text,
      region: v.exactOptional(text),
      grants: texts,
      isHeld: v.exactOptional(v.literal(true)),
      obstacle: v.exactOptional(text),
    }),
  ),
  limits,
  unmanaged,
  inherited: v.array(inheritedMember),
  leftAlone: v.array(placedParameter),
  leftAccounts: v.exactOptional(texts),
  revokeAll,
  historySince: text,
  history: entries,
  logs,
  /** With --keys. */
  keys: v.exactOptional(v.strictObject(keyFields)),
  difference: v.exactOptional(
    v.strictObject({
      previousAt: text,
      isIncomplete: v.boolean(),
      added: v.array(reportRow),
      removed: v.array(reportRow),
      changed: v.array(v.strictObject({ before: reportRow, after: reportRow, fields: texts })),
      unmanagedAdded: unmanaged,
      unmanagedRemoved: unmanaged,
    }),
  ),
});
