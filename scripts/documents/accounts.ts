import * as v from 'valibot';
import { text, texts, version } from './common.ts';

const organizationAccount = {
  id: text,
  name: v.string(),
  state: v.picklist(['active', 'suspended', 'closed', 'other']),
};
const organizationAccounts = v.array(v.strictObject(organizationAccount));
export const accounts = v.strictObject({
  version,
  organization: text,
  toAdd: organizationAccounts,
  toRemove: organizationAccounts,
  blocked: v.array(v.strictObject({ ...organizationAccount, reason: text })),
  unknown: texts,
  outside: organizationAccounts,
  unchanged: organizationAccounts,
  isWritten: v.boolean(),
  /** The file that was written, and the ids of the accounts. */
  path: v.exactOptional(text),
  added: v.exactOptional(texts),
  removed: v.exactOptional(texts),
});
