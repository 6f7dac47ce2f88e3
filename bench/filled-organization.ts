import type { LocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import { credentialConfig } from '../shared/core/credential-config.ts';
import { parameterName } from '../shared/core/grant-parameters.ts';
import { memberOf } from '../shared/core/member.ts';
import type { RoleRef } from '../shared/core/model.ts';
import { memberRole, stackNames } from '../shared/core/stack.ts';
import { boundItem, fillLedger } from './filled-world.ts';

export const rolesPerAccount = 200;
/** The home account first; then ids in a row. */
export const accountIdOf = (index: number): string =>
  index === 0 ? '111122223333' : String(200_000_000_000 + index);

const regions = ['us-east-1', 'eu-west-1'] as const;
const serviceAccounts = 100;
const stage = 'prod';

/** Settings in rolebridge.yml of an organization with this many accounts. */
export const organizationSettings = (accounts: number): Readonly<Record<string, unknown>> => ({
  home: accountIdOf(0),
  organization: 'o-a1b2c3d4e5',
  regions,
  accounts: Array.from({ length: accounts }, (_, index) => ({
    id: accountIdOf(index),
    provider: `aws-${accountIdOf(index)}`,
  })),
});

/** 4 KB of policies, which IAM returns with each role. */
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: Array.from({ length: 24 }, (_, index) => ({
    Sid: `Statement${index}`,
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:ListBucket', 'dynamodb:Query'],
    Resource: `arn:aws:s3:::example-bucket-${index}/prefix-with-a-long-name/*`,
  })),
});

interface Filled {
  readonly emails: readonly string[];
}

/**
 * Accounts of 200 roles, of which `tagged` in each have what their tags ask for; someone removed the bindings of the first
 * `drifted` by hand.
 */
export const fillOrganization = async (
  world: LocalWorld,
  {
    accounts,
    tagged,
    drifted,
  }: { readonly accounts: number; readonly tagged: number; readonly drifted: number },
): Promise<Filled> => {
  const settings = loadSettings(world.configPath);
  const [project = ''] = settings.google.projects;
  const emails = Array.from(
    { length: Math.min(serviceAccounts, accounts * tagged) },
    (_, index) => `reader-${index}@${project}.iam.gserviceaccount.com`,
  );
  const members = new Map<string, string[]>(emails.map((email) => [email, []]));
  const items = [];
  let bound = 0;
  for (let at = 0; at < accounts; at += 1) {
    const id = accountIdOf(at);
    const account = at === 0 ? world.aws : world.aws.addAccount(id);
    account.bus.deliveryOf = () => 'lose';
    if (at > 0)
      for (const kind of ['member', 'member-read'] as const)
        account.iam.perform('CreateRole', {
          RoleName: memberRole(stage, settings, id, kind).name,
          AssumeRolePolicyDocument: '{}',
        });
    for (let index = 0; index < rolesPerAccount; index += 1) {
      const isTagged = index < tagged;
      const email = emails[(at * tagged + index) % Math.max(1, emails.length)] ?? '';
      const ref: RoleRef = {
        partition: 'aws',
        accountId: id,
        roleName: `app-${String(index).padStart(3, '0')}`,
      };
      account.iam.perform('CreateRole', {
        RoleName: ref.roleName,
        AssumeRolePolicyDocument: '{}',
        ...(isTagged ? { Tags: [{ Key: settings.tagKey, Value: email }] } : {}),
      });
      account.iam.perform('PutRolePolicy', {
        RoleName: ref.roleName,
        PolicyName: 'work',
        PolicyDocument: policy,
      });
      if (!isTagged) continue;
      if (bound >= drifted) members.get(email)?.push(memberOf(settings, ref));
      bound += 1;
      items.push(boundItem(settings, ref, email));
      const name = parameterName(settings.parameterPrefix, ref, 'default');
      const value = JSON.stringify(credentialConfig(settings, `aws-${id}`, email));
      for (const region of regions)
        account.ssm.parameters(region).set(name, { name, value, description: '', version: 1 });
    }
  }
  for (const email of emails) {
    const list = members.get(email) ?? [];
    world.addServiceAccount(email, {
      bindings: list.length === 0 ? [] : [{ role: 'roles/iam.workloadIdentityUser', members: list }],
    });
  }
  await fillLedger(world, settings, items);
  return { emails };
};

/** Creates a role with a tag in an account, and brings the event to the queue of the home account, as its bus does. */
export const createTagged = (
  world: LocalWorld,
  index: number,
  roleName: string,
  tag: { readonly key: string; readonly value: string },
): void => {
  const id = accountIdOf(index);
  const account = index === 0 ? world.aws : world.aws.account(id);
  const queue = world.aws.sqs.queue(stackNames(stage).queue);
  const stop = account.bus.onEvent((event) => void queue.send(JSON.stringify(event)));
  account.iam.perform('CreateRole', {
    RoleName: roleName,
    AssumeRolePolicyDocument: '{}',
    Tags: [{ Key: tag.key, Value: tag.value }],
  });
  stop();
};
