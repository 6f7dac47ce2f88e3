import { regionsOf } from '../core/settings.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, okUnless, type Problem, warning } from './finding.ts';
import type { Instance } from './ports.ts';
import { placeOf, type RoleCheck, readRole } from './role-case.ts';
import { parseTrust, type Service, type Trust } from './trust.ts';

/** How workloads run as a role, and whether they find its AWS credentials. */
export const usageChecks = (context: Context, name: string, check: RoleCheck): readonly Check[] => {
  return [
    check('use', 'Who uses it', 'iam:GetRole, iam:ListInstanceProfilesForRole', async () => {
      const { roleName, trust } = await readRole(context, name);
      const { view } = await placeOf(context, name);
      const profiles = (await view.instanceProfiles(roleName)).map((profile) => profile.name);
      return checkUse(roleName, parseTrust(trust), profiles);
    }),
    check('sharing', 'Who shares it', 'iam:ListAttachedRolePolicies', async () => {
      const { roleName, view } = await placeOf(context, name);
      return checkSharing(roleName, await view.attachedPolicies(roleName));
    }),
    check(
      'metadata',
      'Instances',
      'iam:ListInstanceProfilesForRole, iam:ListAttachedRolePolicies, ec2:DescribeInstances',
      async () => {
        const { accountId, roleName, view } = await placeOf(context, name);
        const regions = regionsOf(await context.settings(), accountId);
        const arns = (await view.instanceProfiles(roleName)).map(({ arn }) => arn);
        const instances =
          arns.length === 0 ? [] : await Promise.all(regions.map((region) => view.instances(region, arns)));
        return checkMetadata(instances.flat(), await view.attachedPolicies(roleName));
      },
    ),
  ];
};

/** Someone must be able to run as the role; an EC2 instance can only through an instance profile. */
export const checkUse = (roleName: string, trust: Trust, profiles: readonly string[]): Finding => {
  const { services, others } = trust;
  if (services.length === 0 && others.length === 0)
    return failed(
      `The trust policy of role ${roleName} lets no one assume it.`,
      `Let a service assume it: aws iam update-assume-role-policy --role-name ${roleName} --policy-document file://trust.json`,
    );
  if (services.includes('EC2') && profiles.length === 0) {
    const finding = services.length === 1 && others.length === 0 ? failed : warning;
    return finding(
      `Role ${roleName} trusts EC2, but no instance profile holds it, so no instance can run as it.`,
      `Create one: aws iam create-instance-profile --instance-profile-name ${roleName}\n` +
        `Then: aws iam add-role-to-instance-profile --instance-profile-name ${roleName} --role-name ${roleName}`,
    );
  }
  const notes = services.flatMap((service) => serviceNotes[service] ?? []);
  return ok(
    `It may be used by ${listed([...services, ...others])}${profiles.length === 0 ? '' : ` (instance profile ${listed(profiles)})`}.`,
    notes.length === 0 ? undefined : notes.join('\n'),
  );
};

const containerNote = (service: string, container: string): string =>
  `On ${service}, Google's libraries do not find the ${container}'s credentials by themselves. Run "rolebridge credentials serve" beside the process: docs/use/README.md`;

const serviceNotes: Readonly<Record<Service, string | undefined>> = {
  EC2: undefined,
  Lambda: undefined,
  ECS: containerNote('ECS', 'task'),
  EKS: containerNote('EKS', 'pod'),
};

/** Everything that runs on a node shares the node's role. */
export const checkSharing = (roleName: string, attached: readonly string[]): Finding => {
  const policy = nodePolicyOf(attached);
  return policy === undefined
    ? ok('It does not belong to a container node.')
    : warning(
        `Role ${roleName} belongs to ${nodePolicies[policy]} has this access (policy ${policy}).`,
        'Tag a role of the workload itself (EKS Pod Identity, IRSA, an ECS task role), and set the hop limit of the nodes to 1.',
      );
};

export const nodePolicyOf = (attached: readonly string[]): string | undefined =>
  attached.find((name) => name in nodePolicies);

/** AWS's managed policies for nodes, which run containers of many owners. */
const nodePolicies: Readonly<Record<string, string>> = {
  AmazonEKSWorkerNodePolicy: 'an EKS node: every pod on it that reaches the metadata service',
  AmazonEKSWorkerNodeMinimalPolicy: 'an EKS node: every pod on it that reaches the metadata service',
  AmazonEC2ContainerServiceforEC2Role:
    'an ECS container instance: every task on it that reaches the metadata service',
};

/** Instances that run as the role must reach the metadata service, where Google's libraries find AWS credentials. */
export const checkMetadata = (instances: readonly Instance[], attached: readonly string[]): Finding => {
  const disabled = instanceProblem(
    instances.filter(({ hasMetadata }) => !hasMetadata),
    "have no metadata service: Google's libraries find no AWS credentials there.",
    '--http-endpoint enabled --http-tokens required',
  );
  if (disabled !== undefined) return okUnless([disabled], '');
  const isNode = ({ tagKeys }: Instance): boolean =>
    nodePolicyOf(attached) === undefined && tagKeys.some(isNodeTag);
  const unreachable = instanceProblem(
    instances.filter((instance) => instance.hopLimit < 2 && isNode(instance)),
    'run containers with a hop limit of 1, so the containers cannot reach the metadata service.',
    '--http-put-response-hop-limit 2',
  );
  if (unreachable !== undefined) return warning(unreachable.message, unreachable.fix);
  if (instances.length === 0) return ok('No instance runs as it.');
  return ok(
    `${counted(instances.length, 'instance')} can reach the metadata service.`,
    instances.some(({ hopLimit }) => hopLimit < 2)
      ? 'With a hop limit of 1, a container on the instance cannot reach it.'
      : undefined,
  );
};

const instanceProblem = (
  instances: readonly Instance[],
  state: string,
  flags: string,
): Problem | undefined =>
  instances.length === 0
    ? undefined
    : {
        message: `${listed(instances.map(({ id, region }) => `${id} (${region})`))} ${state}`,
        fix: instances
          .slice(0, maxCommands)
          .map(
            ({ id, region }) =>
              `aws ec2 modify-instance-metadata-options --instance-id ${id} --region ${region} ${flags}`,
          )
          .join('\n'),
      };

const maxCommands = 5;

/** EKS, Kubernetes and ECS put these tags on their nodes. */
const isNodeTag = (key: string): boolean =>
  key.startsWith('eks:') || key.startsWith('kubernetes.io/cluster/') || key === 'AmazonECSManaged';
