import * as v from 'valibot';
import {
  blindSpots,
  count,
  limits,
  placedParameter,
  revokeAll,
  role,
  text,
  texts,
  version,
} from './common.ts';
import { watched } from './revoke.ts';

export const forgettable = v.strictObject({
  kind: v.picklist(['project', 'account', 'resource']),
  name: text,
});
export const adoption = {
  verdict: v.picklist(['keep', 'remove']),
  resource: text,
  googleRole: v.exactOptional(text),
  role: v.exactOptional(text),
};
export const swept = {
  rolesSeen: count,
  parametersSeen: count,
  policiesRead: count,
  fullestPolicy: v.exactOptional(
    v.union([
      v.strictObject({ email: text, principals: count }),
      v.strictObject({ resource: text, principals: count }),
    ]),
  ),
  notOptedIn: texts,
  notReadable: texts,
  pool: text,
  drifted: v.array(role),
  limits,
  blindSpots,
  joining: v.exactOptional(v.array(v.strictObject({ accountId: text, reason: text }))),
  isTableEmptied: v.boolean(),
  leftAlone: v.array(placedParameter),
  dropped: v.array(watched),
  answer: v.exactOptional(
    v.strictObject({ text, answeredBy: text, isNeedless: v.exactOptional(v.literal(true)) }),
  ),
  forgotten: v.exactOptional(
    v.strictObject({
      thing: forgettable,
      dropped: v.array(v.strictObject({ role, email: text })),
      kept: v.array(v.strictObject({ role, email: text, reason: text })),
      isOutOfScope: v.boolean(),
    }),
  ),
  adopted: v.exactOptional(v.strictObject({ ...adoption, count, members: texts })),
  revokeAll,
  cut: v.exactOptional(texts),
};
export const sweep = v.strictObject({ version, ...swept });
