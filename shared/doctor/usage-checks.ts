import { isRecord, parseJson } from '../core/json.ts';
import { type Finding, failed, listed, numbered, ok, okUnless, type Problem, warning } from './finding.ts';
import type { Service } from './mapping.ts';
import type { Instance } from './ports.ts';

/** Who may take on a role, by its trust policy. */
export interface Trust {
  readonly services: readonly Service[];
  /** Everybody else that it names. */
  readonly others: readonly string[];
}

const servicePrincipals: Readonly<Record<string, Service>> = {
  'ec2.amazonaws.com': 'EC2',
  'lambda.amazonaws.com': 'Lambda',
  'ecs-tasks.amazonaws.com': 'ECS',
  'pods.eks.amazonaws.com': 'EKS',
};

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

/** `arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/…` */
const serviceOf = (principal: string): Service | undefined =>
  /:oidc-provider\/oidc\.eks\./.test(principal) ? 'EKS' : servicePrincipals[principal];

/** Reads a trust policy; what cannot be read trusts nobody. */
export const parseTrust = (document: string): Trust => {
  const policy = parseJson(document);
  const statement = isRecord(policy) ? policy['Statement'] : undefined;
  const principals = (Array.isArray(statement) ? statement : [statement])
    .filter((one): one is Readonly<Record<string, unknown>> => isRecord(one) && one['Effect'] === 'Allow')
    .flatMap(({ Principal }) =>
      isRecord(Principal) ? Object.values(Principal).flatMap(textsOf) : textsOf(Principal),
    );
  const services = principals.map(serviceOf).filter((service) => service !== undefined);
  return {
    services: [...new Set(services)],
    others: principals.filter((principal) => serviceOf(principal) === undefined),
  };
};

const notes: Readonly<Record<Service, string | undefined>> = {
  EC2: undefined,
  Lambda: undefined,
  ECS: "On ECS Google's libraries do not find the task's credentials by themselves: give the process AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION, or the library a supplier of AWS credentials.",
  EKS: "On EKS Google's libraries do not find the pod's credentials by themselves: give the process AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION, or the library a supplier of AWS credentials.",
};

/** Somebody can run as the role: an instance only through an instance profile. */
export const checkUse = (roleName: string, trust: Trust, profiles: readonly string[]): Finding => {
  const { services, others } = trust;
  if (services.length === 0 && others.length === 0)
    return failed(
      `The trust policy of role ${roleName} lets nobody take it on.`,
      `Let a service: aws iam update-assume-role-policy --role-name ${roleName} --policy-document file://trust.json`,
    );
  if (services.includes('EC2') && profiles.length === 0) {
    const judge = services.length === 1 && others.length === 0 ? failed : warning;
    return judge(
      `Role ${roleName} trusts EC2, and no instance profile holds it: no instance can run as it.`,
      `Make one: aws iam create-instance-profile --instance-profile-name ${roleName}\n` +
        `Then: aws iam add-role-to-instance-profile --instance-profile-name ${roleName} --role-name ${roleName}`,
    );
  }
  const hints = services.map((service) => notes[service]).filter((note) => note !== undefined);
  const by = [...services, ...others];
  return ok(
    `It may be used by ${listed(by)}${profiles.length === 0 ? '' : ` (instance profile ${listed(profiles)})`}.`,
    hints.length === 0 ? undefined : hints.join('\n'),
  );
};

/** Policies that nodes have, on which containers of many owners run. */
const nodePolicies: Readonly<Record<string, string>> = {
  AmazonEKSWorkerNodePolicy: 'an EKS node: every pod on it that reaches the metadata service',
  AmazonEKSWorkerNodeMinimalPolicy: 'an EKS node: every pod on it that reaches the metadata service',
  AmazonEC2ContainerServiceforEC2Role:
    'an ECS container instance: every task on it that reaches the metadata service',
};

export const nodePolicyOf = (attached: readonly string[]): string | undefined =>
  attached.find((name) => name in nodePolicies);

/** A node's role is shared by everything that runs on the node. */
export const checkSharing = (roleName: string, attached: readonly string[]): Finding => {
  const policy = nodePolicyOf(attached);
  return policy === undefined
    ? ok('It is no role of a container node.')
    : warning(
        `Role ${roleName} is that of ${nodePolicies[policy]} has this access (policy ${policy}).`,
        'Tag a role of the workload itself (EKS Pod Identity, IRSA, an ECS task role), and set the hop limit of the nodes to 1.',
      );
};

/** Tags that EKS and Kubernetes put on their nodes. */
const isNodeTag = (key: string): boolean =>
  key.startsWith('eks:') || key.startsWith('kubernetes.io/cluster/') || key === 'AmazonECSManaged';

const modify = ({ id, region }: Instance, flags: string): string =>
  `aws ec2 modify-instance-metadata-options --instance-id ${id} --region ${region} ${flags}`;

const fault = (instances: readonly Instance[], message: string, flags: string): Problem | undefined =>
  instances.length === 0
    ? undefined
    : {
        message: `${listed(instances.map(({ id, region }) => `${id} (${region})`))} ${message}`,
        fix: instances
          .slice(0, 5)
          .map((instance) => modify(instance, flags))
          .join('\n'),
      };

/** Instances that run as the role reach the metadata service, which is where Google's libraries find their credentials. */
export const checkMetadata = (instances: readonly Instance[], attached: readonly string[]): Finding => {
  const without = fault(
    instances.filter(({ hasMetadata }) => !hasMetadata),
    "have no metadata service: Google's libraries find no AWS credentials there.",
    '--http-endpoint enabled --http-tokens required',
  );
  if (without !== undefined) return okUnless([without], '');
  const isNode = ({ tagKeys }: Instance): boolean =>
    nodePolicyOf(attached) === undefined && tagKeys.some(isNodeTag);
  const short = fault(
    instances.filter((instance) => instance.hopLimit < 2 && isNode(instance)),
    'run containers, and their hop limit is 1: a container does not reach the metadata service.',
    '--http-put-response-hop-limit 2',
  );
  if (short !== undefined) return warning(short.message, short.fix);
  if (instances.length === 0) return ok('No instance runs as it.');
  return ok(
    `With ${numbered(instances.length, 'instance')}, all reach the metadata service.`,
    instances.some(({ hopLimit }) => hopLimit < 2)
      ? 'With a hop limit of 1 a container on the instance does not reach it.'
      : undefined,
  );
};
