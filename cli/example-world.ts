import { setTimeout } from 'node:timers/promises';
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { AwsAccount } from '../local/aws/world.ts';
import type { LocalWorld } from '../local/world.ts';

/** Fills the local world with an example, by the calls that the accounts' administrators would make. */
export const seedExample = async ({ aws, members, addServiceAccount }: LocalWorld): Promise<void> => {
  for (const name of ['reader', 'writer'])
    addServiceAccount(accountsOf(name), {
      bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['group:analysts@acme.example'] }],
    });
  await createRoles(aws.url, aws, roles());
  for (const member of members) await createRoles(aws.url, member, memberRoles());
  const created = [...roles(), ...members.flatMap(memberRoles)];
  const requests = created.flatMap(({ tags }) => Object.keys(tags)).length;
  // The second looks come later.
  while (aws.bus.history.filter(({ source }) => source === 'rolebridge').length < requests)
    await setTimeout(50);
};

const createRoles = async (
  endpoint: string,
  { admin: credentials }: AwsAccount,
  created: readonly ExampleRole[],
): Promise<void> => {
  const iam = new IAMClient({ region: 'us-east-1', endpoint, credentials });
  for (const { name, service, tags } of created)
    await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: trust(service),
        ...(Object.keys(tags).length === 0
          ? {}
          : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
      }),
    );
  for (const { name } of created.filter(({ service }) => service.startsWith('ec2.'))) {
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  }
  iam.destroy();
};

interface ExampleRole {
  readonly name: string;
  /** The AWS service that runs its workloads. */
  readonly service: string;
  readonly tags: Readonly<Record<string, string>>;
}

const accountsOf = (name: string): string => `${name}@acme-data.iam.gserviceaccount.com`;

/** Typical roles of a company: one with access, one with access that ends, one that is refused, one without a tag. */
const roles = (): readonly ExampleRole[] => [
  { name: 'reports', service: 'ec2.amazonaws.com', tags: { 'google-access': accountsOf('reader') } },
  {
    name: 'app-web',
    service: 'ecs-tasks.amazonaws.com',
    tags: {
      'google-access': accountsOf('reader'),
      'google-access/nightly': `${accountsOf('writer')} until 2099-12-31`,
    },
  },
  { name: 'intern', service: 'ec2.amazonaws.com', tags: { 'google-access': accountsOf('writer') } },
  { name: 'app-batch', service: 'lambda.amazonaws.com', tags: {} },
];

/** In every other account: one role with access, and one without a tag. */
const memberRoles = (): readonly ExampleRole[] =>
  roles().filter(({ name }) => name === 'reports' || name === 'app-batch');

/** The trust policy of a role. */
const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
