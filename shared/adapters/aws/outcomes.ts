import { driftDetailType } from '../../core/drift.ts';
import type { OutcomeSink, SweepSink } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { sendEvents } from './events.ts';

export const awsOutcomes = (clients: AwsClients, abortSignal: AbortSignal): OutcomeSink => ({
  send: (outcomes) =>
    sendEvents(
      clients,
      outcomes.map(({ type, detail }) => ({ detailType: `Google Access ${type}`, detail })),
      abortSignal,
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
