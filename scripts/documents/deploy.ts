import * as v from 'valibot';
import { text, texts, version } from './common.ts';
import { swept } from './sweep.ts';

export const init = v.strictObject({
  version,
  files: v.array(v.strictObject({ path: text, change: v.picklist(['created', 'extended', 'replaced']) })),
  keptScripts: texts,
});

export const deploy = v.strictObject({
  version,
  stage: text,
  accountIds: texts,
  path: text,
  isSetupChecked: v.boolean(),
  dashboard: text,
  sweep: v.exactOptional(v.strictObject(swept)),
  sweepFailure: v.exactOptional(text),
});

export const remove = v.strictObject({
  version,
  stage: text,
  accountId: text,
  keepAccess: v.boolean(),
  tableName: v.exactOptional(text),
  isRemoved: v.boolean(),
});
