import { UntagRoleCommand } from '@aws-sdk/client-iam';
import type { RoleTags } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';
import { assertOwnAccount } from './roles.ts';

export const awsRoleTags = (clients: AwsClients, abortSignal: AbortSignal): RoleTags => ({
  untag: async ({ accountId, roleName }, keys) => {
    // Another account may have a role of the same name.
    await assertOwnAccount(clients.sts, accountId, abortSignal);
    await tried(`untagging role ${roleName}`, async () => {
      const command = new UntagRoleCommand({ RoleName: roleName, TagKeys: [...keys] });
      await clients.iam.send(command, { abortSignal });
    });
  },
});
