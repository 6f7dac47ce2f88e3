import type { Context } from 'aws-lambda';
import { type SweepReport, sweep } from '../shared/app/sweep.ts';
import { answerOf, type RefusedAnswer, type SweepAnswer } from '../shared/app/sweep-answer.ts';
import { answerText } from '../shared/core/answer-item.ts';
import { changeText } from '../shared/core/drift.ts';
import { isAnswerRefused } from '../shared/core/errors.ts';
import { manyPrincipals, maxPrincipals } from '../shared/core/iam-policy.ts';
import { roleKey } from '../shared/core/role-key.ts';
import { type GivenAnswer, parseSweepRequest, type SweepRequest } from '../shared/core/sweep-request.ts';
import { endingBefore, logger, metrics, portLogger, withMiddleware } from './middleware.ts';
import { createSweepRuntime, type SweepRuntime } from './runtime.ts';
import { writeSweepMetrics } from './sweep-metrics.ts';

let started: SweepRuntime | undefined;

/** Runs on its schedule, or by hand, with or without a person's answer. Finds drift and reports it to reconcile. */
export const handler = withMiddleware(
  async (event: unknown, context: Context): Promise<SweepAnswer | RefusedAnswer> => {
    const request = parseSweepRequest(event);
    started ??= createSweepRuntime(portLogger);
    const startedAt = performance.now();
    const reading = endingBefore(context, publishingMilliseconds);
    const given = await givenAnswer(started, request, reading);
    const ports = started.ports(reading, endingBefore(context, endingMilliseconds));
    const report = await sweep(started.settings, ports, given).catch(orRefusal);
    if ('refused' in report) return report;
    log(report);
    writeSweepMetrics(metrics, report, {
      seconds: (performance.now() - startedAt) / 1000,
      hasAccounts: started.settings.accounts.length > 1,
    });
    return answerOf(report);
  },
);

/** Reserved at the end of the invocation: for publishing what was found, including the last 5 s for ending in order. */
const publishingMilliseconds = 60_000;
const endingMilliseconds = 5_000;

/** A person's answer, with the caller's identity. Nothing is done for a caller who cannot be identified. */
const givenAnswer = async (
  { callers }: SweepRuntime,
  request: SweepRequest,
  signal: AbortSignal,
): Promise<GivenAnswer | undefined> => {
  if (request.kind === 'plain') return undefined;
  const { answer, proof } = request;
  const answeredBy = await callers(signal).identify(answer, proof);
  logger.info('A person answers.', { answer: answerText(answer), answeredBy });
  return { answer, answeredBy };
};

/** Returns the refusal to the caller: the function has not failed. @throws any other error */
const orRefusal = (thrown: unknown): RefusedAnswer => {
  if (!isAnswerRefused(thrown)) throw thrown;
  logger.warn("A person's answer is refused.", { reason: thrown.message });
  return { refused: thrown.message };
};

const log = ({
  drifts,
  limits,
  blindSpots,
  leftAlone,
  fullestPolicy,
  revokeAll,
  forgotten,
  adopted,
  joining = [],
}: SweepReport): void => {
  for (const { ref, changes, released } of drifts)
    logger.info('A role drifted.', { role: roleKey(ref), changes: changes.map(changeText), released });
  for (const account of limits)
    if (account.kind !== 'released')
      logger.warn(`Revocations of AWS account ${account.accountId} are held.`, { ...account });
  if (revokeAll !== undefined)
    logger.warn('Everything is revoked until someone runs "rolebridge resume".', { ...revokeAll });
  if (forgotten !== undefined) logger.info('A person forgot something.', { forgotten });
  if (adopted !== undefined) logger.info('A person answered for inherited members.', { adopted });
  for (const { what, reason } of blindSpots)
    logger.warn('The sweep could not see everything.', { what, reason });
  for (const { accountId, reason } of joining)
    logger.info('An AWS account is joining: it was never reached.', { accountId, reason });
  for (const place of leftAlone)
    logger.warn('A parameter under our prefix is not ours; it is left alone.', { ...place });
  if (fullestPolicy !== undefined && fullestPolicy.principals >= manyPrincipals)
    logger.warn('An allow policy is near its limit.', { ...fullestPolicy, limit: maxPrincipals });
};
