import { setTimeout } from 'node:timers/promises';
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { LocalWorld } from '../local/world.ts';

/** Fills the local world with an example, by the calls that an administrator would make. */
export const seedExample = async ({ aws, addServiceAccount }: LocalWorld): Promise<void> => {
  for (const name of ['reader', 'writer'])
    addServiceAccount(accountsOf(name), {
      bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['group:analysts@acme.example'] }],
    });
  const iam = new IAMClient({ region: 'us-east-1', endpoint: aws.url, credentials: aws.admin });
  for (const { name, service, tags } of roles())
    await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: trust(service),
        ...(Object.keys(tags).length === 0
          ? {}
          : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
      }),
    );
  for (const { name } of roles().filter(({ service }) => service.startsWith('ec2.'))) {
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  }
  iam.destroy();
  const requests = roles().flatMap(({ tags }) => Object.keys(tags)).length;
  // The second looks come later.
  while (aws.bus.history.filter(({ source }) => source === 'rolebridge').length < requests)
    await setTimeout(50);
};

const accountsOf = (name: string): string => `${name}@acme-data.iam.gserviceaccount.com`;

/** Typical roles of a company: one with access, one with access that ends, one that is refused, one without a tag. */
const roles = () => [
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

/** The trust policy of a role. */
const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
