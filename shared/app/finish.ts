import type { Change } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import { roleText } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import { currentOwnership } from '../core/ownership.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { changeOutcomes } from './change-outcomes.ts';
import { failureOf } from './change-result.ts';
import {
  failedOutcome,
  foreignParameters,
  foreignPoolOutcomes,
  forgottenOutcomes,
  refusalOutcomes,
} from './outcomes.ts';
import { type Finished, type Round, tellingOf } from './work.ts';

/** What came of a role in one round. `isMoving`: it changed while we wrote, and this was the last round. */
export const finish = (settings: Settings, ports: Ports, round: Round, isMoving: boolean): Finished => {
  const { request, touched, planned, applied, ownerships } = round;
  const ownership = currentOwnership(settings, ownerships);
  const { results, unclosed } = applied;
  const { role, desired, folderErrors, undecided } = planned;
  const telling = tellingOf(settings, ports, request, planned.ledger.entries);
  const notClosed = unclosed.get(planned);
  const outcomes = changeOutcomes(telling, { ...planned, changes: planned.told }, desired, results);
  const changed = notClosed === undefined ? outcomes : withoutUnclosed(outcomes, planned.changes);
  const unseen = unseenResources(round);
  const failures = [
    ...unseen,
    ...(ownership.kind === 'another' ? [new PermanentError(ownership.reason)] : []),
    ...planned.changes.flatMap((change) => failureOf(results.get(change)) ?? []),
    ...folderErrors.values(),
    ...(notClosed === undefined ? [] : [notClosed]),
    ...(undecided.length === 0
      ? []
      : [new RetryableError(`Another function may be about to bind ${roleText(role.ref)}.`)]),
  ];
  const refused = refusalOutcomes(telling, role, desired.refusals);
  const foreign =
    ownership.kind === 'another' ? foreignPoolOutcomes(telling, role, desired, ownership.reason) : [];
  for (const { region, name } of foreignParameters(settings, planned, desired))
    ports.logger.warn('A parameter under our prefix is not ours; it is left alone.', { region, name });
  // What cannot be read, and a role of which nothing had to change: else nobody would be told.
  const unread = [...unseen, ...(planned.changes.length > 0 ? [] : folderErrors.values())].map((error) =>
    failedOutcome(telling, role, error),
  );
  return {
    request,
    touched,
    // What was planted is left to the sweep in the end.
    isDeferred:
      planned.mayDefer && planned.changes.some((change) => results.get(change)?.kind === 'deferred'),
    told: [
      ...round.told,
      ...changed.filter(({ type }) => type !== 'Failed'),
      // What the ledger still lists is not forgotten yet.
      ...(applied.lost.has(planned) || notClosed !== undefined ? [] : forgottenOutcomes(telling, planned)),
    ],
    failures: isMoving
      ? [...failures, new RetryableError('The role keeps changing while it is being reconciled.')]
      : failures,
    lastOutcomes: [...refused, ...foreign, ...unread, ...changed.filter(({ type }) => type === 'Failed')],
    state: { role, desired },
  };
};

/** While the ledger still lists a binding, it is not revoked: whoever removes the entry, now or after a retry, reports it. */
const withoutUnclosed = (outcomes: readonly Outcome[], changes: readonly Change[]): readonly Outcome[] => {
  const leaving = new Set(
    changes.flatMap((change) => (change.kind === 'unbind' || change.kind === 'unlist' ? [change.email] : [])),
  );
  return outcomes.filter(
    ({ type, detail: { target } }) =>
      type !== 'Revoked' || target?.kind !== 'serviceAccount' || !leaving.has(target.email),
  );
};

/** The sweep saw a binding there: if it cannot be read now, it must not count as repaired. */
const unseenResources = ({ request, planned, policyErrors }: Round): readonly Failure[] =>
  request.resources.flatMap((resource) => {
    const isPlanned = planned.told.some((change) => 'resource' in change && change.resource === resource);
    const error = policyErrors.get(resource);
    return isPlanned || error === undefined ? [] : [error];
  });
