import { RetryableError, toFailure } from '../core/errors.ts';
import { writesNothing } from '../core/mode.ts';
import { type Outcome, toldDigest } from '../core/outcome.ts';
import { emailOfResource, type ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { comesBack } from './each-role.ts';
import { confirmedOutcome } from './outcomes.ts';
import { distinctRoles, type RoleRequest } from './role-request.ts';
import { settle } from './rounds.ts';
import { type Finished, tellingOf, type Work } from './work.ts';

export interface RoleReport {
  readonly request: RoleRequest;
  readonly outcomes: readonly Outcome[];
  readonly lookedAt: readonly ResourceName[];
  /** Set where the message must come back. */
  readonly retry?: RetryableError;
}

/** A failure that may pass, told since the queue tries no more. */
const givenUp = (outcome: Outcome): Outcome => {
  const { type, detail } = outcome;
  const reason = `${detail.reason ?? ''} That was the last try: the message is in the dead-letter queue now.`;
  return type === 'Failed' ? { ...outcome, detail: { ...detail, reason: reason.trim() } } : outcome;
};

const tell = (
  settings: Settings,
  ports: Ports,
  { request, touched, told, lastOutcomes, failures, state }: Finished,
): RoleReport => {
  const retry = failures.find((failure) => failure instanceof RetryableError);
  // What will be tried again has not failed yet.
  const isGivenUp = retry !== undefined && request.delivery === 'last';
  const last = lastOutcomes
    .filter(({ type }) => type !== 'Failed' || retry === undefined || isGivenUp)
    .map((one) => (isGivenUp ? givenUp(one) : one));
  const isNews = request.told === undefined || toldDigest(last) !== request.told;
  const confirmed =
    request.delivery !== 'first' &&
    failures.length === 0 &&
    state !== undefined &&
    !writesNothing(settings.mode)
      ? [confirmedOutcome(tellingOf(settings, ports, request), state.role, state.desired)]
      : [];
  const outcomes = [...told, ...(isNews ? last : []), ...confirmed];
  return { request, outcomes, lookedAt: touched, ...(retry === undefined ? {} : { retry }) };
};

/** A role of which nothing can be told comes back: its state is confirmed then. */
const reportOf = (settings: Settings, ports: Ports, finished: Finished): RoleReport => {
  try {
    return tell(settings, ports, finished);
  } catch (thrown) {
    const { request, touched } = finished;
    const retry = comesBack(ports.logger, request.ref, 'told of', thrown);
    return { request, outcomes: [], lookedAt: touched, retry };
  }
};

/** Sends what came of the batch, then asks for the second looks; if either fails, the messages come back. */
const tellAndLookAgain = async (
  ports: Ports,
  reports: readonly RoleReport[],
): Promise<readonly RoleReport[]> => {
  try {
    await ports.outcomes.send(reports.flatMap(({ outcomes }) => outcomes));
    await ports.secondLooks.schedule(
      reports
        .filter(({ request, retry }) => request.wantsSecondLook && retry === undefined)
        .map(({ request, outcomes, lookedAt }) => ({
          ref: request.ref,
          cause: request.cause,
          told: toldDigest(outcomes),
          lookedAt,
        })),
    );
    return reports;
  } catch (thrown) {
    const retry = new RetryableError(`What was done could not be told: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
    return reports.map((report) => ({ ...report, retry: report.retry ?? retry }));
  }
};

/**
 * Brings the access of a batch of roles to what their tags say (docs/architecture.md follows one event through it).
 * Each request gets a report; nothing is thrown for one role's sake.
 */
export const reconcile = async (
  settings: Settings,
  ports: Ports,
  requests: readonly RoleRequest[],
): Promise<readonly RoleReport[]> => {
  const works = distinctRoles(requests).map(
    (request): Work => ({
      request,
      // The binding that lets our functions act in Google is never looked at, so it can never be touched.
      touched: [...new Set([...request.resources, ...request.lookedAt])].filter(
        (name) => emailOfResource(name) !== settings.google.serviceAccount,
      ),
      told: [],
    }),
  );
  const finished = await settle(settings, ports, works);
  return tellAndLookAgain(
    ports,
    finished.map((one) => reportOf(settings, ports, one)),
  );
};
