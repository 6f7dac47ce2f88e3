import * as v from 'valibot';
import { count, text, version } from './common.ts';

const status = v.picklist(['ok', 'warning', 'failed', 'unknown']);
export const doctor = v.strictObject({
  version,
  results: v.array(
    v.strictObject({
      id: text,
      group: text,
      title: text,
      status,
      found: text,
      note: v.exactOptional(text),
      fix: v.exactOptional(text),
      because: v.exactOptional(text),
    }),
  ),
  counts: v.strictObject({ ok: count, warning: count, failed: count, unknown: count }),
});
