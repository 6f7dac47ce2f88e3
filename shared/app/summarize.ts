import type { Change } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError } from '../core/errors.ts';
import { endOf } from '../core/iam-policy.ts';
import { roleText, targetText } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import { currentOwnership } from '../core/ownership.ts';
import { emailOfResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { endsOn, isBound, type Seen, seenAccess, seenAfter, stayingAccess } from './access-after.ts';
import { changeOutcomes } from './change-outcomes.ts';
import { failureOf, resultsById } from './change-result.ts';
import {
  failedOutcome,
  foreignParameters,
  foreignPoolOutcomes,
  forgottenOutcomes,
  refusalOutcomes,
} from './outcomes.ts';
import { type Finished, type Round, tellingOf } from './role-run.ts';

/** How a round ends for a role: it changed while we wrote, and this was the last round, or another round follows. */
interface Ending {
  readonly isMoving: boolean;
  readonly isOpen: boolean;
}

/** What came of a role in one round. */
export const finish = (
  settings: Settings,
  ports: Ports,
  round: Round,
  { isMoving, isOpen }: Ending,
): Finished => {
  const { request, touched, planned, applied, ownerships, policyErrors } = round;
  const ownership = currentOwnership(settings, ownerships);
  const { unclosed } = applied;
  const { role, desired, folderErrors, undecided } = planned;
  const results = resultsById(planned.changes, applied.results);
  const telling = tellingOf(settings, ports, request, planned.ledger.entries);
  const notClosed = unclosed.get(planned);
  const unseen = unseenResources(round);
  const failures = [
    ...unseen.map(({ error }) => error),
    ...(ownership.kind === 'another' ? [new PermanentError(ownership.reason)] : []),
    ...planned.changes.flatMap(({ id }) => failureOf(results.get(id)) ?? []),
    ...[...folderErrors.values()].map(({ error }) => error),
    ...(notClosed === undefined ? [] : [notClosed]),
    ...(undecided.length === 0
      ? []
      : [new RetryableError(`Another function may be about to bind ${roleText(role.ref)}.`)]),
    ...(isMoving ? [new RetryableError('The role keeps changing while it is being reconciled.')] : []),
  ];
  const isRetried =
    request.delivery !== 'last' && failures.some((failure) => failure instanceof RetryableError);
  const seen = seenAfter({
    settings,
    planned,
    results,
    listed: applied.listed.get(planned) ?? new Map(),
    policyErrors,
    ownerships,
    isTriedAgain: isOpen || isRetried,
  });
  const outcomes = changeOutcomes(telling, seen);
  const changed = notClosed === undefined ? outcomes : withoutUnclosed(outcomes, planned.changes);
  const refused = refusalOutcomes(telling, role, desired.refusals, stayingAccess(seen));
  const foreign =
    ownership.kind === 'another' ? foreignPoolOutcomes(telling, role, desired, ownership.reason) : [];
  for (const { region, name } of foreignParameters(settings, planned, desired))
    ports.logger.warn('A parameter under our prefix is not ours; it is left alone.', { region, name });
  // What cannot be read: no other outcome says so where nothing had to change.
  const unlisted = planned.changes.length > 0 ? [] : [...folderErrors.values()];
  const unread = [
    ...unseen.map(({ email, error }) =>
      failedOutcome(telling, role, error, { target: { kind: 'serviceAccount', email } }),
    ),
    ...unlisted.map(({ region, path, error }) =>
      failedOutcome(telling, role, error, { parameters: [{ region, name: path }] }),
    ),
  ];
  return {
    request,
    touched,
    // What was planted is left to the sweep in the end.
    isDeferred: planned.mayDefer && planned.changes.some(({ id }) => results.get(id)?.kind === 'deferred'),
    told: [
      ...stillTrue(seen, round.told, changed),
      ...changed.filter(({ type }) => type !== 'Failed'),
      // What the ledger still lists is not forgotten yet.
      ...(applied.lost.has(planned) || notClosed !== undefined ? [] : forgottenOutcomes(telling, planned)),
    ],
    failures,
    lastOutcomes: [...refused, ...foreign, ...unread, ...changed.filter(({ type }) => type === 'Failed')],
    state: { role, access: seenAccess(seen) },
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

/**
 * What earlier rounds told, without what this round saw to be otherwise (someone else works on the role as well), unless an
 * outcome follows that says so. A binding that this round tried to remove does not count as granted: a write whose answer
 * was lost may have been made.
 */
const stillTrue = (
  seen: Seen,
  earlier: readonly Outcome[],
  changed: readonly Outcome[],
): readonly Outcome[] => {
  const { planned, results } = seen;
  const tried = new Set(
    planned.changes.flatMap((change) => {
      if (change.kind !== 'unbind') return [];
      const result = results.get(change.id);
      const isRefused = result?.kind === 'failed' && result.isAbsent;
      return isRefused || result?.kind === 'heldBack'
        ? []
        : [`${change.email} ${endOf(change.edit.condition) ?? ''}`];
    }),
  );
  const isToldOf = (one: Outcome, type: Outcome['type']): boolean =>
    changed.some((other) => other.type === type && accountOf(other) === accountOf(one));
  return earlier.filter((one) => {
    const email = accountOf(one);
    // Undefined where it cannot be looked at now: what was done was true then.
    const there = endsOn(seen, email);
    switch (one.type) {
      case 'Granted': {
        const isTried = tried.has(`${email} ${one.detail.expiresAt ?? ''}`);
        const isThere = there === undefined || there.includes(one.detail.expiresAt);
        return (isThere && !isTried) || isToldOf(one, 'Revoked');
      }
      case 'Revoked':
        return there === undefined || there.length === 0 || isToldOf(one, 'Granted');
      // That a grant is gone, while another keeps its binding.
      case 'Confirmed':
        return (
          !isBoundAgain(seen, one) ||
          changed.some(({ type, detail }) => type === 'Granted' && detail.grant === one.detail.grant)
        );
      case 'Refused':
      case 'Failed':
      case 'Forgotten':
        return true;
    }
  });
};

const isBoundAgain = (seen: Seen, { detail: { grant, target } }: Outcome): boolean =>
  seen.planned.desired.grants.some(
    (one) => one.name === grant && one.target.email === (target && targetText(target)) && isBound(seen, one),
  );

const accountOf = ({ detail: { target } }: Outcome): string =>
  target === undefined ? '' : targetText(target);

/** The sweep saw a binding there: if it cannot be read now, it must not count as repaired. */
const unseenResources = ({
  request,
  planned,
  policyErrors,
}: Round): readonly { readonly email: string; readonly error: Failure }[] =>
  request.resources.flatMap((resource) => {
    const isPlanned = planned.told.some((change) => 'resource' in change && change.resource === resource);
    const error = policyErrors.get(resource);
    return isPlanned || error === undefined ? [] : [{ email: emailOfResource(resource), error }];
  });
