import { UntagRoleCommand } from '@aws-sdk/client-iam';
import type { RoleTags } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

export const awsRoleTags = (clients: AwsClients, abortSignal: AbortSignal): RoleTags => ({
  untag: ({ roleName }, keys) =>
    tried(`untagging role ${roleName}`, async () => {
      const command = new UntagRoleCommand({ RoleName: roleName, TagKeys: [...keys] });
      await clients.iam.send(command, { abortSignal });
    }),
});
