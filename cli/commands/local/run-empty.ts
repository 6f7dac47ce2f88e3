import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { AwsAccount } from '../../../local/aws/world.ts';
import { type EmptyWorld, startEmptyWorld } from '../../../local/empty-world.ts';
import { addSampleResources } from '../../../local/sample-resources.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { exampleOrganization } from '../../local-accounts.ts';
import { reachLocalClouds } from '../../reach-local-world.ts';
import type { Terminal } from '../../terminal.ts';
import { emptyText } from './empty-text.ts';
import { region, runUntilEnd, timeScale, writeEnvironment } from './run-until-end.ts';

const accountId = '111122223333';
const project = { id: 'acme-identity', number: '123456789012' };
const target = { id: 'acme-data', number: '222222222222' };

/** Both clouds of a company that has no rolebridge yet, for its first hour: two projects, two service accounts, two roles per account. */
export const runEmptyWorld = async (
  terminal: Terminal,
  milliseconds: number,
  memberIds: readonly string[],
): Promise<ExitCode> => {
  const world = await startEmptyWorld({
    accountId,
    project,
    timeScale,
    ...(memberIds.length === 0 ? {} : { organization: { id: exampleOrganization, memberIds } }),
  });
  try {
    await seed(world);
    return await runUntilEnd(terminal, milliseconds, {
      tick: () => world.stacks.running().forEach((stack) => void stack.tick()),
      show: (folder) => {
        const variables = { ...reachLocalClouds(world), SLS_AWS_MONITORING_FREQUENCY: '200' };
        const written = writeEnvironment(folder, world, variables);
        terminal.show(written, () =>
          emptyText({
            ...written,
            accountId,
            project: project.id,
            target: target.id,
            googleUrl: world.google.url,
          }),
        );
      },
    });
  } finally {
    await world.close();
  }
};

const seed = async ({ aws, members, google }: EmptyWorld): Promise<void> => {
  google.addProject(target);
  for (const name of ['reader', 'writer'])
    google.addServiceAccount(`${name}@${target.id}.iam.gserviceaccount.com`, target.id);
  addSampleResources(google, { project: target.id, reader: `reader@${target.id}.iam.gserviceaccount.com` });
  for (const account of [aws, ...members]) await seedRoles(account, aws.url);
};

const seedRoles = async ({ admin: credentials }: AwsAccount, endpoint: string): Promise<void> => {
  const iam = new IAMClient({ region, endpoint, credentials });
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
  for (const RoleName of ['reports', 'app-batch']) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    // As EC2's console does. Without one, doctor reports that no instance can run as the role.
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: RoleName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: RoleName, RoleName }));
  }
  iam.destroy();
};
