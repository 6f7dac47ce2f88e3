import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
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
  for (const RoleName of ['reports', 'app-batch'])
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  iam.destroy();
};

const textOf = (environmentFile: string, googleUrl: string): string =>
  `Both clouds run on this machine, without rolebridge. In another terminal, in a folder of your own:

  ${colors.bold(`. ${environmentFile}`)}

You are an administrator of the AWS account ${accountId} (roles reports and app-batch) and of the Google projects ${project.id}, for the pool,
and ${target.id} (reader@ and writer@${target.id}.iam.gserviceaccount.com). Install rolebridge as docs/first-hour.md says:

  rolebridge init
  rolebridge setup --opt-in reader@${target.id}.iam.gserviceaccount.com
  rolebridge deploy
  aws iam tag-role --role-name reports --tags Key=google-access,Value=reader@${target.id}.iam.gserviceaccount.com
  rolebridge wait --role reports

To exchange tokens here, rolebridge.yml also needs, under google:

  endpoints: { sts: "${googleUrl}", iamcredentials: "${googleUrl}" }

Time runs ten times as fast. Ctrl-C stops it and removes everything. To leave it in the other terminal: deactivate`;
