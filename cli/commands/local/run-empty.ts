import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { type EmptyWorld, startEmptyWorld } from '../../../local/empty-world.ts';
import { colors } from '../../colors.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { reachLocalClouds } from '../../reach-local-world.ts';
import type { Terminal } from '../../terminal.ts';
import { region, runUntilEnd, timeScale, writeEnvironment } from './run-until-end.ts';

const accountId = '111122223333';
const project = { id: 'acme-identity', number: '123456789012' };
const target = { id: 'acme-data', number: '222222222222' };

/** Both clouds of a company that has no rolebridge yet, for its first hour: two projects, two service accounts, two roles. */
export const runEmptyWorld = async (terminal: Terminal, milliseconds: number): Promise<ExitCode> => {
  const world = await startEmptyWorld({ accountId, project, timeScale });
  try {
    await seed(world);
    return await runUntilEnd(terminal, milliseconds, {
      tick: () => world.stacks.running().forEach((stack) => void stack.tick()),
      show: (folder) => {
        const variables = { ...reachLocalClouds(world), SLS_AWS_MONITORING_FREQUENCY: '200' };
        const written = writeEnvironment(folder, world, variables);
        terminal.show(written, () => textOf(written.environmentFile, world.google.url));
      },
    });
  } finally {
    await world.close();
  }
};

const seed = async ({ aws, google }: EmptyWorld): Promise<void> => {
  google.addProject(target);
  for (const name of ['reader', 'writer'])
    google.addServiceAccount(`${name}@${target.id}.iam.gserviceaccount.com`, target.id);
  const iam = new IAMClient({ region, endpoint: aws.url, credentials: aws.admin });
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

const textOf = (environmentFile: string, googleUrl: string): string =>
  `Both clouds run on this machine, without rolebridge. In another terminal, in a folder of your own in which the package is installed
(docs/deploy.md, "Adopt it in your own repository"):

  ${colors.bold(`. ${environmentFile}`)}

You are an administrator of the AWS account ${accountId} (roles reports and app-batch) and of the Google projects ${project.id}, for the pool,
and ${target.id} (reader@ and writer@${target.id}.iam.gserviceaccount.com). Go through the first hour (docs/first-hour.md):

  npx rolebridge init
  npx rolebridge setup --opt-in reader@${target.id}.iam.gserviceaccount.com
  npx rolebridge deploy
  aws iam tag-role --role-name reports --tags Key=google-access,Value=reader@${target.id}.iam.gserviceaccount.com
  npx rolebridge wait --role reports
  npx rolebridge doctor

To exchange tokens here, rolebridge.yml also needs, under google:

  endpoints: { sts: "${googleUrl}", iamcredentials: "${googleUrl}" }

Time runs ten times as fast. Ctrl-C stops it and removes everything. To leave it in the other terminal: deactivate`;
