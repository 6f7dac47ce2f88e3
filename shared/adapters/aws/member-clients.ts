import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import { PermanentError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/stack.ts';
import { type AssumedCredentials, assumedCredentials } from './assumed-credentials.ts';
import { type AccountClients, perRegion } from './clients.ts';
import { sharedRequestHandler } from './request-handler.ts';

/** The clients of another AWS account, whose credentials come from one of its roles. */
export interface MemberClients extends AccountClients {
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
  iam.middlewareStack.add(namingAccount(role), first);
  const ssm = (ssmRegion: string): SSMClient => {
    const client = new SSMClient({
      ...common,
      region: ssmRegion,
      maxAttempts: 2 * maxAttempts,
      retryMode: 'adaptive',
    });
    client.middlewareStack.add(namingAccount(role, ssmRegion), first);
    return client;
  };
  let events: EventBridgeClient | undefined;
  return {
    credentials,
    iam,
    ssm: perRegion(ssm),
    ssmWriter: perRegion(ssm),
    // Most functions send nothing there: the client is made on first use.
    get events() {
      if (events === undefined) {
        events = new EventBridgeClient({ ...common, region, maxAttempts });
        events.middlewareStack.add(namingAccount(role, region), first);
      }
      return events;
    },
  };
};

/** Refusals name the account and the fix: the same call works in other accounts. */
const namingAccount =
  (role: MemberRole, region?: string) =>
  <Args, Result>(
    next: (args: Args) => Promise<Result>,
    { commandName = 'A call' }: { readonly commandName?: string },
  ) =>
  async (args: Args): Promise<Result> => {
    try {
      return await next(args);
    } catch (thrown) {
      throw refusedIn(role, commandName.replace(/Command$/, ''), region, thrown) ?? thrown;
    }
  };

const first = { step: 'initialize', priority: 'high' } as const;

const refusedIn = (
  { accountId, name }: MemberRole,
  call: string,
  region: string | undefined,
  thrown: unknown,
): PermanentError | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const where = `${call} in ${region === undefined ? '' : `${region} of `}AWS account ${accountId}`;
  if (/^AccessDenied(Exception)?$/.test(thrown.name))
    return new PermanentError(
      `${where}: ${thrown.name}: ${thrown.message.replace(/\.$/, '')}. ` +
        `Check in that account that the policy of role ${name} allows it, and that no control policy or permissions boundary denies it.`,
      { cause: thrown },
    );
  // An account that has not enabled a region does not know the credentials there; nor does any region once the role is gone.
  if (/^(UnrecognizedClientException|InvalidClientTokenId)$/.test(thrown.name))
    return new PermanentError(
      `${where}: ${thrown.name}: ${thrown.message.replace(/\.$/, '')}. ` +
        `Role ${name} may have been deleted or created again: a new session within the hour shows it.` +
        (region === undefined
          ? ''
          : ` If other regions of the account work, it has probably not enabled ${region}: enable it there (aws account enable-region --region-name ${region}), or name the account's own regions in rolebridge.yml.`),
      { cause: thrown },
    );
  return undefined;
};
