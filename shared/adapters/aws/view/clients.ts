import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { stackRegion } from '../../../core/stack.ts';
import { requestHandler } from '../request-handler.ts';

/** Clients that only doctor needs; it shares the others with the functions (../clients.ts). */
export interface ViewClients {
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  /** A trail can be read only in its home region. */
  readonly cloudTrail: (region: string) => CloudTrailClient;
  /** Options for EC2's client. It is by far the largest, so only the check that needs it loads it (./instances.ts). */
  readonly ec2Options: (region: string) => EC2ClientConfig & { readonly region: string };
}

export const viewClients = (maxAttempts: number): ViewClients => {
  const common = { requestHandler, maxAttempts };
  return {
    lambda: new LambdaClient({ ...common, region: stackRegion }),
    logs: new CloudWatchLogsClient({ ...common, region: stackRegion }),
    cloudTrail: (region) => new CloudTrailClient({ ...common, region }),
    ec2Options: (region) => ({ ...common, region }),
  };
};
