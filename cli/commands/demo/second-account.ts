import { CreateRoleCommand, IAMClient, TagRoleCommand, UntagRoleCommand } from '@aws-sdk/client-iam';
import type { LocalWorld } from '../../../local/world.ts';
import { loadSettings } from '../../../shared/config/config.ts';
import { regionsOf } from '../../../shared/core/settings.ts';
import { difference } from './difference.ts';
import { expectThat } from './expect-that.ts';
import type { Narrator } from './narrator.ts';

export interface SecondAccountStage {
  readonly world: LocalWorld;
  /** The role of the home account that has access; the second account gets one of the same name. */
  readonly role: string;
  readonly email: string;
  readonly policyText: () => string;
  /** The last outcome, as a line. */
  readonly outcome: () => string;
}

/** Shows a role of the second AWS account, from tag to untag. */
export const showSecondAccount = async (
  { world, role: RoleName, email, policyText, outcome }: SecondAccountStage,
  { step, detail }: Narrator,
): Promise<void> => {
  const [member] = world.members;
  if (member === undefined) throw new Error('the demo needs a second account');
  const { accountId, admin: credentials } = member;
  const iam = new IAMClient({ region: 'us-east-1', endpoint: world.aws.url, credentials });
  const command = `$ aws --profile ${accountId} iam`;
  const configs = (): readonly string[] =>
    regionsOf(loadSettings(world.configPath), accountId).flatMap((region) =>
      [...member.ssm.parameters(region).keys()].map((name) => `${name} in ${region}`),
    );
  const policyBefore = policyText();

  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: '{}' }));
  step(
    `A second AWS account, ${accountId}: it has only the template of "rolebridge member". A role ${RoleName} is tagged there, too`,
  );
  detail(`${command} tag-role --role-name ${RoleName} --tags Key=google-access,Value=${email}`);
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'google-access', Value: email }] }));
  await world.settled();
  step('Its event reaches the home account over the bus: one more member, and a config in its own region');
  detail(difference(policyBefore, policyText()));
  detail(outcome());
  expectThat(
    policyText().includes(`:${accountId}:assumed-role/${RoleName}`),
    'the member of the second account is missing from the allow policy',
  );
  expectThat(configs().length === 1, `expected one config in account ${accountId}: ${configs().join(', ')}`);
  detail(`parameters of account ${accountId}: ${configs().join(', ')}`);

  step('The tag is removed there');
  detail(`${command} untag-role --role-name ${RoleName} --tag-keys google-access`);
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['google-access'] }));
  await world.settled();
  step(`Its access is gone; the role ${RoleName} of the home account keeps its own`);
  detail(outcome());
  expectThat(policyText() === policyBefore, 'the policy is not as it was before the second account');
  expectThat(configs().length === 0, `a config is left in account ${accountId}: ${configs().join(', ')}`);
  iam.destroy();
};
