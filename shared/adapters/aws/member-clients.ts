import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { MemberRole } from '../../core/stack.ts';
import { type AssumedCredentials, assumedCredentials } from './assumed-credentials.ts';
import { type AccountClients, perRegion } from './clients.ts';
import { namedRefusals, outermost } from './named-refusals.ts';
import { sharedRequestHandler } from './request-handler.ts';

/** The clients of another AWS account, whose credentials come from one of its roles. */
export interface MemberClients extends AccountClients {
  readonly role: MemberRole;
  /** For further clients with the same credentials. */
  readonly credentials: () => Promise<AssumedCredentials>;
}

export const memberClients = (
  sts: STSClient,
  role: MemberRole,
  {
    region,
    maxAttempts,
    now,
  }: { readonly region: string; readonly maxAttempts: number; readonly now: () => Date },
): MemberClients => {
  const credentials = assumedCredentials(sts, role, now);
  const common = { credentials, requestHandler: sharedRequestHandler };
  const iam = new IAMClient({ ...common, region, maxAttempts });
  iam.middlewareStack.add(namedRefusals(role, 'iam'), outermost);
  const ssm = (ssmRegion: string): SSMClient => {
    const client = new SSMClient({
      ...common,
      region: ssmRegion,
      maxAttempts: 2 * maxAttempts,
      retryMode: 'adaptive',
    });
    client.middlewareStack.add(namedRefusals(role, 'ssm', ssmRegion), outermost);
    return client;
  };
  let events: EventBridgeClient | undefined;
  return {
    role,
    credentials,
    iam,
    ssm: perRegion(ssm),
    ssmWriter: perRegion(ssm),
    // Most functions send nothing there: the client is made on first use.
    get events() {
      if (events === undefined) {
        events = new EventBridgeClient({ ...common, region, maxAttempts });
        events.middlewareStack.add(namedRefusals(role, 'events', region), outermost);
      }
      return events;
    },
  };
};
