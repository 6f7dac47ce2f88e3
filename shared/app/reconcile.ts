import pMap from 'p-map';
import { type Failure, RetryableError, toFailure } from '../core/errors.ts';
import { writesNothing } from '../core/mode.ts';
import { isFailure, type Outcome, toldDigest } from '../core/outcome.ts';
import { namesIn } from '../core/scope.ts';
import type { SecondLook } from '../core/second-look.ts';
import { emailOfResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { eachRole } from './each-role.ts';
import { readConcurrency } from './observe.ts';
import { confirmedOutcome, failedOutcome, type Telling } from './outcomes.ts';
import { settle } from './plan-run.ts';
import { readOwnerships, withPools } from './pools.ts';
import { distinctRoles, type RoleRequest } from './role-request.ts';
import { type Finished, tellingOf, type Work } from './role-run.ts';
import { comesBack } from './unforeseen.ts';

export interface RoleReport {
  readonly request: RoleRequest;
  readonly outcomes: readonly Outcome[];
  /** Configs were left for later, so that binding others does not wait for Parameter Store. */
  readonly isDeferred: boolean;
  /** Set where the message must come back. */
  readonly retry?: RetryableError;
}

const isFailed = ({ type }: Outcome): boolean => type === 'Failed';

/** What failed, in whole or in part, with a sentence more. */
const inFailures = (outcomes: readonly Outcome[], sentence: string): readonly Outcome[] =>
  outcomes.map((one) =>
    isFailure(one)
      ? { ...one, detail: { ...one.detail, reason: [one.detail.reason, sentence].join(' ') } }
      : one,
  );

const over = 'That was the last try: the message goes to the dead-letter queue.';

/** What failed, told since the queue tries no more. Where the state is not known, the failure to read it is among that. */
const givenUp = (telling: Telling, { state, told, lastOutcomes }: Finished, retry: RetryableError) => {
  const isTold = state === undefined || [...told, ...lastOutcomes].some(isFailure);
  return inFailures([...lastOutcomes, ...(isTold ? [] : [failedOutcome(telling, state.role, retry)])], over);
};

/** The outcomes that are told after those of what was done. */
const lastOf = (telling: Telling, finished: Finished, retry: RetryableError | undefined) => {
  const { request, lastOutcomes } = finished;
  if (retry === undefined) return lastOutcomes;
  // What will be tried again has not failed yet.
  return request.delivery === 'last'
    ? givenUp(telling, finished, retry)
    : lastOutcomes.filter((one) => !isFailed(one));
};

const tell = (settings: Settings, ports: Ports, finished: Finished): RoleReport => {
  const { request, told, failures, state } = finished;
  const telling = tellingOf(settings, ports, request);
  const retry = failures.find((failure) => failure instanceof RetryableError);
  const last = lastOf(telling, finished, retry);
  const isNews = request.reported === undefined || toldDigest(last) !== request.reported;
  const confirmed =
    request.delivery !== 'first' &&
    failures.length === 0 &&
    state !== undefined &&
    !writesNothing(settings.mode)
      ? [confirmedOutcome(telling, state.role, state.access)]
      : [];
  const done = retry !== undefined && request.delivery === 'last' ? inFailures(told, over) : told;
  const outcomes = [...done, ...(isNews ? last : []), ...confirmed];
  return { request, outcomes, isDeferred: finished.isDeferred, ...(retry === undefined ? {} : { retry }) };
};

/** A role of which nothing can be told comes back: its state is confirmed then. */
const reportOf = (settings: Settings, ports: Ports, finished: Finished): RoleReport => {
  try {
    return tell(settings, ports, finished);
  } catch (thrown) {
    const { request } = finished;
    const retry = comesBack(ports.logger, request.ref, 'told of', thrown);
    return { request, outcomes: [], isDeferred: false, retry };
  }
};

/**
 * Sends what came of the batch, then asks for the second looks. If that fails, each role is reported alone: only the messages
 * of those that fail again come back.
 */
const tellAndLookAgain = async (
  ports: Ports,
  reports: readonly RoleReport[],
): Promise<readonly RoleReport[]> => {
  const together = await sendAll(ports, reports);
  if (together === undefined) return reports;
  if (reports.length === 1) return reports.map((report) => comingBack(report, together));
  return pMap(
    reports,
    async (report) => {
      const failure = await sendAll(ports, [report]);
      return failure === undefined ? report : comingBack(report, failure);
    },
    { concurrency: readConcurrency },
  );
};

const comingBack = (report: RoleReport, failure: Failure): RoleReport => ({
  ...report,
  retry:
    report.retry ??
    new RetryableError(`What was done could not be told: ${failure.message}`, {
      cause: failure.cause ?? failure,
    }),
});

const sendAll = async (ports: Ports, reports: readonly RoleReport[]): Promise<Failure | undefined> => {
  try {
    await ports.outcomes.send(reports.flatMap(({ outcomes }) => outcomes));
    await ports.secondLooks.schedule(reports.flatMap(lookOf));
    return undefined;
  } catch (thrown) {
    return toFailure(thrown);
  }
};

const lookOf = ({ request, outcomes, isDeferred, retry }: RoleReport): readonly SecondLook[] => {
  const { ref, cause, released, deferrals, events, isCut, needsRecheck } = request;
  if (!(needsRecheck || isDeferred) || retry !== undefined) return [];
  return [
    {
      ref,
      cause,
      told: toldDigest(outcomes),
      deferrals: isDeferred ? deferrals + 1 : 0,
      events,
      ...(isCut === undefined ? {} : { isCut }),
      ...(released.length === 0 ? {} : { released }),
    },
  ];
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
      touched: request.resources.filter((name) => emailOfResource(name) !== settings.google.serviceAccount),
      told: [],
    }),
  );
  const finished = await settleInPools(settings, ports, works);
  return tellAndLookAgain(
    ports,
    finished.map((one) => reportOf(settings, ports, one)),
  );
};

/** In all pools that are or were ours. If the table does not name them, nothing is changed and the messages come back. */
const settleInPools = async (
  settings: Settings,
  ports: Ports,
  works: readonly Work[],
): Promise<readonly Finished[]> => {
  if (works.length === 0) return [];
  const scope = await ports.scope().catch(toFailure);
  if (scope instanceof Error)
    return (
      await eachRole(settings, ports, 'read', works, () => {
        throw scope;
      })
    ).stopped;
  const inPools = withPools(settings, namesIn(scope, 'pool'));
  const ownerships = await readOwnerships(inPools, ports.ownerships);
  for (const [pool, ownership] of ownerships)
    if (ownership.kind !== 'ours')
      ports.logger.warn('The pool is not proven to be ours.', { pool, ...ownership });
  const regions = [...settings.regions, ...namesIn(scope, 'region')];
  return settle(
    inPools,
    ports,
    ownerships,
    works.map((work) => inRegions(work, regions)),
  );
};

/** A message may be forged: nothing is looked for in a region that was never used. */
const inRegions = ({ request, ...work }: Work, regions: readonly string[]): Work => ({
  ...work,
  request: { ...request, orphans: request.orphans.filter(({ region }) => regions.includes(region)) },
});
