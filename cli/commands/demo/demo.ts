import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, TagRoleCommand, UntagRoleCommand } from '@aws-sdk/client-iam';
import { startInstanceMetadata } from '../../../local/aws/instance-metadata.ts';
import { askForToken, run } from '../../../local/run-workload.ts';
import { startLocalWorld } from '../../../local/world.ts';
import { loadSettings } from '../../../shared/config/config.ts';
import { toFailure } from '../../../shared/core/errors.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { instanceVariables } from '../../instance-variables.ts';
import { inLocalHome } from '../../local-home.ts';
import { deployMemberStacks } from '../../member-stacks.ts';
import type { Terminal } from '../../terminal.ts';
import { difference } from './difference.ts';
import { expectThat } from './expect-that.ts';
import { type Narrator, narratorAt } from './narrator.ts';
import { showSecondAccount } from './second-account.ts';

const role = 'reports';
const email = 'reader@acme-data.iam.gserviceaccount.com';
const region = 'eu-west-1';

type Stage = Awaited<ReturnType<typeof openStage>>;

/** Shows the life of a role in the local world, from tag to untag, and of one in a second AWS account. */
export const demo = (terminal: Terminal): Promise<ExitCode> =>
  inLocalHome(terminal, 2, (memberIds) => perform(terminal, memberIds));

const perform = async (terminal: Terminal, memberIds: readonly string[]): Promise<ExitCode> => {
  const { say, isJson, show, signal } = terminal;
  const stage = await openStage(memberIds);
  try {
    await story(stage, narratorAt(terminal));
    if (isJson) show({ isDone: true }, () => '');
    return exitCodes.done;
  } catch (error) {
    if (signal.aborted) throw error;
    say(colors.red(`The demo failed: ${toFailure(error).message}`));
    say(stage.world.stack.logs.slice(-5).join('\n'));
    if (isJson) show({ error: { message: `The demo failed: ${toFailure(error).message}` } }, () => '');
    return exitCodes.failed;
  } finally {
    await stage.close();
  }
};

/** Both clouds, an instance in AWS, and an administrator's clients. */
const openStage = async (memberIds: readonly string[]) => {
  const world = await startLocalWorld({ timeScale: 0.01, memberIds });
  await deployMemberStacks(world);
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-demo-'));
  const metadata = await startInstanceMetadata(() => ({
    roleName: role,
    region,
    credentials: world.aws.issueRoleCredentials(role, 'i-0123456789abcdef0'),
  }));
  const iam = new IAMClient({ region: 'us-east-1', endpoint: world.aws.url, credentials: world.aws.admin });
  const policyText = (): string => JSON.stringify(world.google.policy(email).current(), null, 2);
  const instanceEnvironment = {
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_SSM: world.aws.url,
    GOOGLE_ACCESS_DIR: folder,
    ...instanceVariables(loadSettings(world.configPath)),
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
  };
  const config = join(folder, 'default.json');
  const fetchConfigs = () => run('sh', ['boot/fetch'], instanceEnvironment);
  const outcome = (): string => {
    const last = world.aws.bus.history.findLast(({ source }) => source === 'rolebridge');
    return `event: ${last?.['detail-type'] ?? 'none'}: ${String(Reflect.get(Object(last?.detail), 'reason'))}`;
  };
  const close = async (): Promise<void> => {
    iam.destroy();
    await metadata.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { world, folder, metadata, iam, policyText, config, fetchConfigs, outcome, close };
};

const story = async (
  { world, folder, metadata, iam, policyText, config, fetchConfigs, outcome }: Stage,
  { step, detail }: Narrator,
): Promise<void> => {
  world.addServiceAccount(email, {
    bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['group:analysts@acme.example'] }],
  });
  step('AWS and Google run on this machine; the packaged stack is wired between them');
  detail(`AWS ${world.aws.url}   Google ${world.google.url}   instance metadata ${metadata.url}`);

  await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: '{}' }));
  step(`Role ${role} exists, without a tag: its instance finds no config, and Google refuses it`);
  const early = await fetchConfigs();
  expectThat(!early.ok && early.status === 3, `boot/fetch should have found nothing: ${early.output}`);
  detail(`$ boot/fetch\n${early.output}`);
  // Uses a config written by hand, as someone who knows the formats might:
  const source = {
    environment_id: 'aws1',
    region_url: `${metadata.url}/latest/meta-data/placement/availability-zone`,
    url: `${metadata.url}/latest/meta-data/iam/security-credentials`,
    imdsv2_session_token_url: `${metadata.url}/latest/api/token`,
    regional_cred_verification_url:
      'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
  };
  const byHand = {
    type: 'external_account',
    audience:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-111122223333',
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    token_url: `${world.google.url}/v1/token`,
    service_account_impersonation_url: `${world.google.url}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    credential_source: source,
  };
  writeFileSync(join(folder, 'by-hand.json'), JSON.stringify(byHand));
  const before = await askForToken(join(folder, 'by-hand.json'), {});
  expectThat(
    !before.ok && before.output.includes('iam.serviceAccounts.getAccessToken'),
    `Google should have refused: ${before.output}`,
  );
  detail(colors.red("Google: Permission 'iam.serviceAccounts.getAccessToken' denied"));

  const policyBefore = policyText();
  step('The role is tagged');
  detail(`$ aws iam tag-role --role-name ${role} --tags Key=google-access,Value=${email}`);
  await iam.send(new TagRoleCommand({ RoleName: role, Tags: [{ Key: 'google-access', Value: email }] }));
  await world.settled();
  step(
    'CloudTrail → EventBridge → SQS → Lambda: the allow policy gained one member, and nothing else changed',
  );
  detail(difference(policyBefore, policyText()));
  detail(outcome());
  expectThat(policyText().includes(`assumed-role/${role}`), 'the member is missing from the allow policy');
  detail(
    `parameters: ${[...world.aws.ssm.parameters('us-east-1').keys()].join(', ')} in us-east-1 and eu-west-1`,
  );

  step('The instance boots and fetches its config (no key in it)');
  const fetched = await fetchConfigs();
  expectThat(fetched.ok, `boot/fetch failed: ${fetched.output}`);
  detail(`$ boot/fetch\n${fetched.output}`);
  step("Google's own, unmodified client library asks for a token");
  const token = await askForToken(config, {});
  expectThat(token.ok, `Google should have given a token: ${token.output}`);
  detail(colors.green(`token: ${token.output.slice(0, 24)}…`));

  const policyWith = policyText();
  step('Someone adds a role to the policy by hand: no tag requests it, and no event reports it');
  const cell = world.google.policy(email);
  const { bindings: granted = [], ...rest } = cell.current();
  const withIntruder = granted.map((binding) => ({
    ...binding,
    members: binding.members.flatMap((member) =>
      member.endsWith(`/${role}`) ? [member, member.replace(`/${role}`, '/intruder')] : [member],
    ),
  }));
  cell.replace({ ...rest, bindings: withIntruder });
  detail(difference(policyWith, policyText()));
  expectThat(policyText() !== policyWith, 'the policy was not edited by hand');
  await world.stack.tick();
  await world.settled();
  step('The hourly sweep finds it, and reconcile removes it; the rest stays');
  detail(outcome());
  expectThat(policyText() === policyWith, 'the sweep did not repair the policy');

  await showSecondAccount({ world, role, email, policyText, outcome }, { step, detail });

  step('The tag of the first role is removed');
  detail(`$ aws iam untag-role --role-name ${role} --tag-keys google-access`);
  await iam.send(new UntagRoleCommand({ RoleName: role, TagKeys: ['google-access'] }));
  await world.settled();
  step('The member and the parameters are gone; the policy is as it was');
  detail(difference(policyWith, policyText()));
  detail(outcome());
  expectThat(policyText() === policyBefore, 'the policy is not as it was before');
  const after = await askForToken(config, {});
  expectThat(!after.ok, 'Google should have refused the untagged role');
  detail(colors.red("Google: Permission 'iam.serviceAccounts.getAccessToken' denied"));
  expectThat(readFileSync(config, 'utf8').includes('external_account'), 'the fetched file has changed');
  step('Done. In the real clouds Google takes 2 to 7 minutes to apply a change everywhere.');
};
