import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { reconcile } from '../shared/app/reconcile.ts';
import type { RoleReport } from '../shared/app/report.ts';
import { deliveryOf, type RoleRequest, requestOf } from '../shared/app/role-run.ts';
import { toFailure } from '../shared/core/errors.ts';
import { parseMessage } from '../shared/core/message.ts';
import { isFailure, type Outcome } from '../shared/core/outcome.ts';
import { roleKey } from '../shared/core/role-key.ts';
import { endingBefore, logger, metrics, portLogger, withMiddleware } from './middleware.ts';
import { type Counts, createReconcileRuntime, type ReconcileRuntime } from './runtime.ts';

let started: ReconcileRuntime | undefined;

/** Takes an SQS batch of role events, second looks and drift. Messages of roles whose failure can be retried return to the queue. */
export const handler = withMiddleware(
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    started ??= createReconcileRuntime(portLogger);
    return handleBatch(started, event, context);
  },
);

/** The end of the invocation, when reads and changes have stopped: outcomes are published. */
const outcomesMilliseconds = 60_000;
/** The last part of it: failed messages are returned to the queue. */
const returnMilliseconds = 15_000;

const handleBatch = async (
  runtime: ReconcileRuntime,
  event: SQSEvent,
  context: Context,
): Promise<SQSBatchResponse> => {
  const { ports, counts } = runtime.invocation(
    endingBefore(context, outcomesMilliseconds),
    endingBefore(context, returnMilliseconds),
  );
  const received = receive(event.Records, runtime);
  const reports = await reconcile(
    runtime.settings,
    ports,
    received.map(({ request }) => request),
  );
  log(reports);
  writeMetrics(reports, counts, ports.clock.now().getTime());
  const retried = new Set(
    reports.filter(({ retry }) => retry !== undefined).map(({ request }) => roleKey(request.ref)),
  );
  return returnToQueue(
    runtime,
    received.filter(({ request }) => retried.has(roleKey(request.ref))),
  );
};

interface Received {
  readonly record: SQSRecord;
  readonly request: RoleRequest;
}

const receive = (
  records: readonly SQSRecord[],
  { settings, accountIds, maxReceives }: ReconcileRuntime,
): readonly Received[] =>
  records.flatMap((record) => {
    const message = parseMessage(record.body, accountIds, settings.tagKey);
    if (message.kind !== 'ignored')
      return [{ record, request: requestOf(message, deliveryOf(receiveCountOf(record), maxReceives)) }];
    const { reason, unlistedSender } = message;
    logger.warn('A message was ignored.', {
      messageId: record.messageId,
      reason,
      ...(unlistedSender === undefined ? {} : { unlistedSender }),
    });
    if (unlistedSender !== undefined) metrics.addMetric('UnlistedSenders', MetricUnit.Count, 1);
    return [];
  });

const receiveCountOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount);

const lastTry = 'The role was tried for the last time; its message goes to the dead-letter queue.';

const log = (reports: readonly RoleReport[]): void => {
  for (const { request, outcomes, retry } of reports) {
    for (const { type, detail } of outcomes) logger.info(`Google Access ${type}`, { outcome: detail });
    if (retry !== undefined)
      logger.warn(request.delivery === 'last' ? lastTry : 'The role will be tried again.', {
        role: request.ref,
        reason: retry.message,
      });
  }
};

const writeMetrics = (
  reports: readonly RoleReport[],
  { writes, conflicts, notMirrored }: Counts,
  now: number,
): void => {
  for (const type of ['Granted', 'Revoked', 'Refused'])
    metrics.addMetric(
      type,
      MetricUnit.Count,
      countOf(reports, (outcome) => outcome.type === type),
    );
  metrics.addMetric('Failed', MetricUnit.Count, countOf(reports, isFailure));
  metrics.addMetric('RolesSeen', MetricUnit.Count, reports.length);
  metrics.addMetric('PolicyWrites', MetricUnit.Count, writes);
  metrics.addMetric('PolicyConflicts', MetricUnit.Count, conflicts);
  if (notMirrored > 0) metrics.addMetric('OutcomesNotMirrored', MetricUnit.Count, notMirrored);
  for (const { request, outcomes } of reports) {
    const { eventTime } = request.cause;
    if (eventTime === undefined || !outcomes.some(({ type }) => type === 'Granted')) continue;
    metrics.addMetric(
      'TagToBindSeconds',
      MetricUnit.Seconds,
      Math.max(0, (now - Date.parse(eventTime)) / 1000),
    );
  }
};

const countOf = (reports: readonly RoleReport[], isCounted: (outcome: Outcome) => boolean): number =>
  reports.flatMap(({ outcomes }) => outcomes).filter(isCounted).length;

/** Returns failed messages to the queue, each after a delay that grows with its receives. */
const returnToQueue = async (
  runtime: ReconcileRuntime,
  failed: readonly Received[],
): Promise<SQSBatchResponse> => {
  const redeliveries = failed.map((received) => ({
    receiptHandle: received.record.receiptHandle,
    afterSeconds: redeliverySeconds(received),
  }));
  try {
    await runtime.delayRedelivery(redeliveries);
  } catch (error) {
    logger.warn("The messages come back after the queue's own time-out.", {
      error: toFailure(error).message,
    });
  }
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
};

/**
 * 30 s, 60 s, … up to 15 minutes: half an hour of outage stays clear of the dead-letter queue's 8 receives. After the last
 * try the queue moves the message immediately.
 */
const redeliverySeconds = ({ record, request }: Received): number =>
  request.delivery === 'last' ? 0 : Math.min(900, 30 * 2 ** (receiveCountOf(record) - 1));
