import * as v from 'valibot';
import { count, role, text, texts, version } from './common.ts';

export const wait = v.strictObject({
  version,
  role,
  isDone: v.boolean(),
  isExchanged: v.boolean(),
  seconds: count,
  grants: v.array(
    v.strictObject({
      name: text,
      target: text,
      expiresAt: v.exactOptional(text),
      /** With --exchange: why it is not proven that the role has it. */
      unproven: v.exactOptional(text),
    }),
  ),
  missing: texts,
  reason: v.exactOptional(text),
});
