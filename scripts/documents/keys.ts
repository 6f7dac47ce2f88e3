import * as v from 'valibot';
import { blindSpots, count, role, text, texts, version } from './common.ts';

const keyUse = v.union([
  v.strictObject({ kind: v.literal('seen'), at: text, from: text, until: text }),
  v.strictObject({ kind: v.literal('notSeen'), from: text, until: text }),
  v.strictObject({ kind: v.picklist(['noData', 'notEnabled', 'notPermitted', 'unreadable']), reason: text }),
]);
export const keyFields = {
  idleDays: count,
  accounts: v.array(
    v.strictObject({
      email: text,
      /** Missing if the ledger lists no grant. */
      grantedSince: v.exactOptional(text),
      roles: v.array(role),
      /** Other roles may have a grant, or an older one. */
      isLedgerIncomplete: v.exactOptional(v.literal(true)),
      /** Missing if there are no keys. */
      use: v.exactOptional(keyUse),
      /** Missing if they could not be read. */
      keys: v.exactOptional(
        v.array(
          v.strictObject({
            id: text,
            createdAt: v.exactOptional(text),
            expiresAt: v.exactOptional(text),
            neverExpires: v.exactOptional(v.literal(true)),
            isDisabled: v.boolean(),
            alerts: v.array(v.picklist(['exposed', 'compromised', 'unknown'])),
            state: v.picklist([
              'expired',
              'disabled',
              'leaked',
              'replaced',
              'idle',
              'tooEarly',
              'used',
              'noData',
              'unread',
            ]),
            idleDays: v.exactOptional(count),
            use: keyUse,
            evidence: text,
            commands: texts,
          }),
        ),
      ),
    }),
  ),
};
export const keys = v.strictObject({ version, ...keyFields, blindSpots });
