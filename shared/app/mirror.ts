import { toFailure } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import { accountIdsOf, homeOf, type Settings } from '../core/settings.ts';
import type { Logger, OutcomeMirror } from '../ports.ts';

/**
 * Copies outcomes to the buses of the accounts that they are about, all at the same time. It comes last and never throws: no
 * message comes back for a copy, because its role's work is done, and reported at home. A copy that fails is logged.
 */
export const mirrorOutcomes = async (
  settings: Settings,
  logger: Logger,
  mirror: OutcomeMirror,
  outcomes: readonly Outcome[],
): Promise<void> => {
  // The home account's bus has them already. Accounts that left the file are not served any more.
  const served = new Set(accountIdsOf(settings).filter((id) => id !== homeOf(settings)));
  const copied = Map.groupBy(outcomes, ({ detail }) => detail.role.accountId);
  await Promise.all(
    [...copied].map(async ([accountId, copies]) => {
      if (!served.has(accountId)) return;
      try {
        await mirror.send(accountId, copies);
      } catch (thrown) {
        logger.warn('Outcomes were not mirrored.', {
          accountId,
          ids: copies.map(({ detail }) => detail.id),
          reason: toFailure(thrown).message,
        });
      }
    }),
  );
};
