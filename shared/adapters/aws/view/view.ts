import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { RetryableError } from '../../../core/errors.ts';
import type { PresentRole } from '../../../core/model.ts';
import type { AwsView } from '../../../doctor/ports.ts';
import type { AwsClients } from '../clients.ts';
import { tried } from '../failure.ts';
import { awsListings } from '../listings.ts';
import { awsParameters } from '../parameters.ts';
import type { ViewClients } from './clients.ts';
import { deployedView } from './deployed.ts';
import { functionLogsView } from './function-logs.ts';
import { ledgerView } from './ledger.ts';
import { rolesView } from './roles.ts';
import { trailsView } from './trails.ts';

/** Reads AWS with the caller's own credentials; writes nothing. */
export const awsView = (clients: AwsClients, view: ViewClients, abortSignal: AbortSignal): AwsView => ({
  identity: () =>
    tried('asking STS for the caller identity', async () => {
      const { Account, Arn } = await clients.sts.send(new GetCallerIdentityCommand({}), { abortSignal });
      if (Account === undefined || Arn === undefined)
        throw new RetryableError(
          'The answer of STS lacks the account. If a proxy stands between here and AWS, let its owner look; then try again.',
        );
      return { accountId: Account, arn: Arn };
    }),
  ...deployedView(clients, view, abortSignal),
  ledger: ledgerView(clients, view, abortSignal),
  trails: trailsView(view, abortSignal),
  ...functionLogsView(view, abortSignal),
  roles: async (accountId) => {
    const roles: PresentRole[] = [];
    for await (const page of awsListings(() => clients, 1, abortSignal).roles(accountId)) roles.push(...page);
    return roles;
  },
  ...rolesView(clients, abortSignal),
  instances: async (region, profileArns) => {
    const { listInstances } = await import('./instances.ts');
    return listInstances(view.ec2Options(region), profileArns, abortSignal);
  },
  parameters: awsParameters(() => clients, abortSignal).list,
});
