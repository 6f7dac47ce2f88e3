import * as v from 'valibot';
import { blindSpots, condition, isRoleUnseen, revokeAll, role, text, texts, version } from './common.ts';

export const accessState = v.picklist([
  'bound',
  'awaited',
  'refused',
  'unasked',
  'unclear',
  'inherited',
  'unseen',
]);
/** A binding that is not as a tag would have it. */
export const bindingFields = { pool: v.exactOptional(text), condition: v.exactOptional(condition) };
export const roles = v.strictObject({
  version,
  roles: v.array(
    v.strictObject({
      ref: role,
      roleId: v.exactOptional(text),
      isRoleUnseen,
      grant: v.exactOptional(text),
      /** For a tag that cannot be read: its value, which may be empty. */
      target: v.string(),
      ...bindingFields,
      expiresAt: v.exactOptional(text),
      state: accessState,
      reason: v.exactOptional(text),
      rule: v.exactOptional(text),
    }),
  ),
  missing: texts,
  blindSpots,
  notReadable: texts,
  leftAccounts: v.exactOptional(texts),
  revokeAll,
});
