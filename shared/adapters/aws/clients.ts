import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { sharedRequestHandler } from './request-handler.ts';

/** The clients that read and write one AWS account. */
export interface AccountClients {
  readonly iam: IAMClient;
  /** Answers which account the credentials belong to. Missing if that was verified when they were made. */
  readonly sts?: STSClient;
  readonly ssm: (region: string) => SSMClient;
  /** A separate client for writes, so that their pace (about 3 a second) does not slow the reads down. */
  readonly ssmWriter: (region: string) => SSMClient;
  /** Puts events on the account's default bus in the region of the stack. */
  readonly events: EventBridgeClient;
}

/** The clients of each AWS account, made by the composition root. */
export type ClientsOf = (accountId: string) => AccountClients;

/** The AWS SDK's clients, made once per container. Endpoints follow the SDK's own AWS_ENDPOINT_URL variables. */
export interface AwsClients extends AccountClients {
  readonly dynamodb: DynamoDBClient;
  readonly sts: STSClient;
  readonly sqs: SQSClient;
}

export const perRegion = (make: (region: string) => SSMClient): ((region: string) => SSMClient) => {
  const clients = new Map<string, SSMClient>();
  return (region) => {
    const client = clients.get(region) ?? make(region);
    clients.set(region, client);
    return client;
  };
};

/** How often a call is tried. Parameter Store, whose writes are slow, gets twice as many tries. */
interface Patience {
  /** @default 6: a function has minutes. */
  readonly maxAttempts?: number;
}

export const awsClients = (region: string, { maxAttempts = 6 }: Patience = {}): AwsClients => {
  const common = { region, requestHandler: sharedRequestHandler, maxAttempts };
  // Adaptive: after the first ThrottlingException, the SDK slows down to the rate that the service accepts.
  const paced = { requestHandler: sharedRequestHandler, maxAttempts: 2 * maxAttempts, retryMode: 'adaptive' };
  return {
    iam: new IAMClient(common),
    dynamodb: new DynamoDBClient(common),
    sts: new STSClient(common),
    events: new EventBridgeClient(common),
    sqs: new SQSClient(common),
    ssm: perRegion((ssmRegion) => new SSMClient({ ...paced, region: ssmRegion })),
    ssmWriter: perRegion((ssmRegion) => new SSMClient({ ...paced, region: ssmRegion })),
  };
};

/** The clients of each AWS account: `clients` for the home account, and others made on first use. */
export const clientsByAccount = (
  home: string,
  clients: AccountClients,
  make: (accountId: string) => AccountClients,
): ClientsOf => {
  const known = new Map([[home, clients]]);
  return (accountId) => {
    const found = known.get(accountId) ?? make(accountId);
    known.set(accountId, found);
    return found;
  };
};
