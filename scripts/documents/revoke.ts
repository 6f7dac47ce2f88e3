import * as v from 'valibot';
import { blindSpots, condition, count, parameter, role, text, texts, version } from './common.ts';

const requester = v.strictObject({
  grant: text,
  requestedBy: v.exactOptional(text),
  eventId: v.exactOptional(text),
  eventName: v.exactOptional(text),
  eventTime: v.exactOptional(text),
});
/** An entry of the ledger. */
export const listed = v.strictObject({
  role,
  entry: v.strictObject({
    googleRole: text,
    resource: text,
    member: text,
    condition: v.exactOptional(condition),
    grants: texts,
    since: text,
    announcedAt: text,
    requesters: v.exactOptional(v.array(requester)),
  }),
});

export const revokeRole = v.strictObject({
  version,
  role,
  untagged: texts,
  isGone: v.boolean(),
  left: v.exactOptional(
    v.strictObject({
      tags: v.exactOptional(texts),
      resources: texts,
      parameters: v.array(parameter),
      unseen: texts,
    }),
  ),
  /** Bindings that the policies have in the end. */
  bound: v.exactOptional(
    v.array(
      v.strictObject({ target: text, state: v.picklist(['bound', 'unasked', 'unclear', 'inherited']) }),
    ),
  ),
  unseen: v.exactOptional(texts),
});

export const revokeEverything = v.strictObject({
  version,
  isGone: v.boolean(),
  revoked: v.array(role),
  rules: v.exactOptional(v.array(v.strictObject({ rule: text, kind: v.picklist(['stopped', 'absent']) }))),
  failures: v.exactOptional(texts),
  left: v.exactOptional(v.array(v.strictObject({ role, changes: texts }))),
  listed: v.exactOptional(v.array(listed)),
  blindSpots: v.exactOptional(blindSpots),
  elsewhere: v.exactOptional(v.array(v.strictObject({ accountId: text, region: text, names: texts }))),
  restorable: v.exactOptional(v.array(v.strictObject({ project: text, lostAt: text }))),
  restorableResources: v.exactOptional(v.array(v.strictObject({ resource: text, goneAt: text }))),
  examined: v.exactOptional(
    v.strictObject({
      accountId: text,
      accounts: texts,
      roles: count,
      projects: v.array(v.strictObject({ project: text, serviceAccounts: count })),
      policies: count,
      parameters: v.array(
        v.strictObject({ accountId: v.exactOptional(text), region: text, prefix: text, found: count }),
      ),
      pools: texts,
      ledgerItems: v.exactOptional(count),
    }),
  ),
  tableName: v.exactOptional(text),
});

/** A place or an account that only an earlier rolebridge.yml named. */
export const watched = v.strictObject({
  kind: v.picklist(['project', 'region', 'place', 'prefix', 'pool', 'account', 'site']),
  name: text,
  since: v.exactOptional(text),
  droppedAt: v.exactOptional(text),
  lostAt: v.exactOptional(text),
  goneAt: v.exactOptional(text),
  isFormer: v.exactOptional(v.literal(true)),
  inherited: v.exactOptional(text),
  pools: v.exactOptional(texts),
  owner: v.exactOptional(text),
});
