import { driftDetailType } from '../../core/drift.ts';
import { RetryableError } from '../../core/errors.ts';
import { mirrorSource } from '../../core/mirror-source.ts';
import type { Clock, OutcomeMirror, OutcomeSink, SweepSink } from '../../ports.ts';
import { withinDeadline } from '../../waiting.ts';
import type { AwsClients, ClientsOf } from './clients.ts';
import { sendEvents } from './events.ts';

export const awsOutcomes = (clients: AwsClients, abortSignal: AbortSignal): OutcomeSink => ({
  send: (outcomes) =>
    sendEvents(
      clients,
      outcomes.map(({ type, detail }) => ({ detailType: `Google Access ${type}`, detail })),
      abortSignal,
    ),
});

/** Sends outcomes to the default bus of another account, in the region of the stack, and waits only so long for it. */
export const awsMirror = (
  clientsOf: ClientsOf,
  clock: Pick<Clock, 'pause'>,
  abortSignal: AbortSignal,
  seconds = 10,
): OutcomeMirror => ({
  send: (accountId, outcomes) =>
    withinDeadline(
      clock,
      seconds * 1000,
      () => new RetryableError(`AWS account ${accountId} did not take its outcomes within ${seconds} s.`),
      () =>
        sendEvents(
          clientsOf(accountId),
          outcomes.map(({ type, detail }) => ({
            source: mirrorSource,
            detailType: `Google Access ${type}`,
            detail,
          })),
          abortSignal,
        ),
    ),
});

export const awsSweepSink = (clients: AwsClients, abortSignal: AbortSignal): SweepSink => ({
  drifts: (drifts) =>
    sendEvents(
      clients,
      drifts.map((detail) => ({ detailType: driftDetailType, detail })),
      abortSignal,
    ),
  held: (details) =>
    sendEvents(
      clients,
      details.map((detail) => ({ detailType: 'Google Access Revocations Held', detail })),
      abortSignal,
    ),
});
