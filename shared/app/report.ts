import pMap from 'p-map';
import { type Failure, RetryableError, toFailure } from '../core/errors.ts';
import type { SecondLook } from '../core/message.ts';
import { isDryRun } from '../core/mode.ts';
import type { RoleState } from '../core/model.ts';
import { type CurrentAccess, isFailureOf, makeOutcome, type Outcome, reportDigest } from '../core/outcome.ts';
import type { ReportContext } from '../core/requester.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { mirrorOutcomes } from './mirror.ts';
import { callsAtATime } from './observe.ts';
import { asRetryable, type RoleRequest, type RoleRun, reportContext } from './role-run.ts';

export interface RoleReport {
  readonly request: RoleRequest;
  readonly outcomes: readonly Outcome[];
  /** A digest of everything that is refused or failed now, whether or not it is reported again. */
  readonly reported: string;
  /** Configs were left for later, so that binding others does not wait for Parameter Store. */
  readonly isDeferred: boolean;
  /** Set if the message must come back. */
  readonly retry?: RetryableError;
}

/** If a role cannot be reported, its message comes back, and its state is confirmed then. */
export const reportOf = (settings: Settings, ports: Ports, run: RoleRun): RoleReport => {
  try {
    return makeReport(settings, ports, run);
  } catch (thrown) {
    const { request } = run;
    const retry = asRetryable(ports.logger, request.ref, 'reporting', thrown);
    return { request, outcomes: [], reported: reportDigest([]), isDeferred: false, retry };
  }
};

const makeReport = (settings: Settings, ports: Ports, run: RoleRun): RoleReport => {
  const { request, observed, end } = run;
  const context = reportContext(settings, ports, request);
  const retry = end.failures.find((failure) => failure instanceof RetryableError);
  const problems = problemsOf(run, retry);
  const isNews = request.reported === undefined || reportDigest(problems) !== request.reported;
  const confirmed =
    request.delivery !== 'first' &&
    end.failures.length === 0 &&
    end.access !== undefined &&
    !isDryRun(settings.mode)
      ? [confirmedOutcome(context, observed.role, end.access)]
      : [];
  const done =
    retry !== undefined && request.delivery === 'last' ? withLastTry(run, run.outcomes) : run.outcomes;
  return {
    request,
    outcomes: [...done, ...(isNews ? problems : []), ...confirmed],
    reported: reportDigest([...done, ...problems]),
    isDeferred: end.isDeferred,
    ...(retry === undefined ? {} : { retry }),
  };
};

/** Reports the role's access after a redelivery, because a kill may have lost an earlier outcome. */
const confirmedOutcome = (
  context: ReportContext,
  role: RoleState,
  { grants, left }: CurrentAccess,
): Outcome =>
  makeOutcome(context, role, 'Confirmed', {
    grants,
    ...(left.length === 0 ? {} : { left }),
    parameters: grants.flatMap(({ parameters }) => parameters),
  });

/** The outcomes besides those of the changes. A step that will be tried again has not failed yet. */
const problemsOf = (run: RoleRun, retry: RetryableError | undefined): readonly Outcome[] => {
  const { problems } = run.end;
  if (retry === undefined) return problems;
  return run.request.delivery === 'last'
    ? withLastTry(run, problems)
    : problems.filter(({ type }) => type !== 'Failed');
};

const lastTry = 'That was the last try: the message goes to the dead-letter queue.';

/** Adds a sentence to each outcome of a failure for which the message would come back. */
const withLastTry = ({ end }: RoleRun, outcomes: readonly Outcome[]): readonly Outcome[] => {
  const temporary = end.failures.filter((failure) => failure instanceof RetryableError);
  return outcomes.map((one) =>
    temporary.some((failure) => isFailureOf(failure)(one))
      ? { ...one, detail: { ...one.detail, reason: [one.detail.reason, lastTry].join(' ') } }
      : one,
  );
};

/**
 * Publishes the outcomes of the batch, and schedules the rechecks. If that fails, each role is published alone: only the messages
 * of roles that fail again come back. Copies for other accounts come last: one that does not answer must not delay home.
 */
export const publishOutcomes = async (
  settings: Settings,
  ports: Ports,
  reports: readonly RoleReport[],
): Promise<readonly RoleReport[]> => {
  const published = await publishOrSingly(ports, reports);
  const { logger, mirror } = ports;
  if (mirror !== undefined) {
    const atHome = published.filter(({ failure }) => failure === undefined);
    const outcomes = atHome.flatMap(({ report }) => report.outcomes);
    await mirrorOutcomes(settings, logger, mirror, outcomes);
  }
  return published.map(({ report, failure }) =>
    failure === undefined ? report : withRetry(report, failure),
  );
};

interface Published {
  readonly report: RoleReport;
  readonly failure: Failure | undefined;
}

const publishOrSingly = async (
  ports: Ports,
  reports: readonly RoleReport[],
): Promise<readonly Published[]> => {
  const failure = await publish(ports, reports);
  if (failure === undefined || reports.length === 1) return reports.map((report) => ({ report, failure }));
  return pMap(reports, async (report) => ({ report, failure: await publish(ports, [report]) }), {
    concurrency: callsAtATime,
  });
};

const publish = async (ports: Ports, reports: readonly RoleReport[]): Promise<Failure | undefined> => {
  try {
    await ports.outcomes.send(reports.flatMap(({ outcomes }) => outcomes));
    await ports.secondLooks.schedule(reports.flatMap(secondLookOf));
    return undefined;
  } catch (thrown) {
    return toFailure(thrown);
  }
};

const secondLookOf = ({ request, reported, isDeferred, retry }: RoleReport): readonly SecondLook[] => {
  const { ref, cause, deferrals, events, isCut, needsRecheck } = request;
  const { released, releasedAt } = request.swept;
  if (!(needsRecheck || isDeferred) || retry !== undefined) return [];
  return [
    {
      ref,
      cause,
      reported,
      deferrals: isDeferred ? deferrals + 1 : 0,
      events,
      ...(isCut === undefined ? {} : { isCut }),
      ...(released.length === 0 ? {} : { released, ...(releasedAt === undefined ? {} : { releasedAt }) }),
    },
  ];
};

const withRetry = (report: RoleReport, failure: Failure): RoleReport => ({
  ...report,
  retry:
    report.retry ??
    new RetryableError(`The outcomes could not be published: ${failure.message}`, {
      cause: failure.cause ?? failure,
    }),
});
