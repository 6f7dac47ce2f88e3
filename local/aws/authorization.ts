import { accountOf } from './assume-role.ts';
import { AwsError } from './call.ts';
import type { EventBus } from './event-bus.ts';
import type { Iam } from './iam.ts';
import { administratorId, type Principal } from './principals.ts';
import { contextOf, permissionOf, type Request } from './resources.ts';

/** One call on one resource, and the policies that decide it, as parsed JSON. */
export interface PolicyQuestion {
  /** The session's ARN, or a service such as `events.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccountId: string;
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly identityPolicies: readonly unknown[];
  /** A role's trust policy, or a bus's policy. */
  readonly resourcePolicy?: unknown;
  readonly sessionPolicy?: unknown;
  readonly permissionsBoundary?: unknown;
}

/** An evaluator of IAM policies. This folder has none: tests bring one. */
export type IsAllowed = (question: PolicyQuestion) => Promise<boolean>;

export interface Authorization {
  /** undefined: every call is allowed, and anyone may assume any role. */
  readonly isAllowed: IsAllowed | undefined;
  readonly iamOf: (accountId: string) => Iam | undefined;
  readonly organizationOf: (accountId: string) => string | undefined;
  readonly busOf: (accountId: string) => EventBus | undefined;
}

/** @throws AwsError if the caller's role, session, boundary or the policy of a resource does not allow a call */
export const checkPermission = async (
  authorization: Authorization,
  request: Request,
  resources: readonly string[],
  caller: Principal,
): Promise<void> => {
  const { isAllowed } = authorization;
  const action = permissionOf(request);
  if (isAllowed === undefined || action === 'sts:GetCallerIdentity') return;
  for (const resource of resources) {
    // Some ARNs, such as a bucket's, have no account.
    const resourceAccountId = accountOf(resource) || caller.accountId;
    const isOwn = resourceAccountId === caller.accountId && action !== 'sts:AssumeRole';
    if (isOwn && caller.roleId === administratorId) continue;
    const question = {
      principal: caller.arn,
      action,
      resource,
      resourceAccountId,
      context: { ...contextOf(request), ...globalContext(authorization, caller, resourceAccountId) },
      ...policiesOf(authorization, caller),
      ...resourcePolicyOf(authorization, action, resource),
    };
    if (!(await isAllowed(question))) throw denied(request, caller.arn, action, resource);
  }
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
export const globalContext = (
  { iamOf, organizationOf }: Authorization,
  { accountId, roleName }: Pick<Principal, 'accountId' | 'roleName'>,
  resourceAccountId: string,
): Readonly<Record<string, string>> => {
  const principalOrganization = organizationOf(accountId);
  const resourceOrganization = organizationOf(resourceAccountId);
  return {
    'aws:PrincipalArn': iamOf(accountId)?.arnOf(roleName) ?? '',
    'aws:PrincipalAccount': accountId,
    'aws:ResourceAccount': resourceAccountId,
    ...(principalOrganization === undefined ? {} : { 'aws:PrincipalOrgID': principalOrganization }),
    ...(resourceOrganization === undefined ? {} : { 'aws:ResourceOrgID': resourceOrganization }),
  };
};

export const policiesOf = (
  { iamOf }: Authorization,
  {
    accountId,
    roleId,
    roleName,
    sessionPolicy,
  }: Omit<Principal, 'arn' | 'userId' | 'credentials' | 'createdAt'>,
): Pick<PolicyQuestion, 'identityPolicies' | 'sessionPolicy' | 'permissionsBoundary'> => {
  const session = sessionPolicy === undefined ? {} : { sessionPolicy: parsed(sessionPolicy) };
  if (roleId === administratorId) return { identityPolicies: [everything], ...session };
  const iam = iamOf(accountId);
  const role = iam?.role(roleName);
  if (iam === undefined || role?.roleId !== roleId) return { identityPolicies: [], ...session };
  const documentOf = (arn: string): unknown => parsed(iam.managedPolicyDocument(arn) ?? '') ?? nothing;
  const { inlinePolicies, attachedPolicies, permissionsBoundary } = role;
  return {
    identityPolicies: [...Object.values(inlinePolicies).map(parsed), ...attachedPolicies.map(documentOf)],
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary: documentOf(permissionsBoundary) }),
    ...session,
  };
};

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
/** Stands for a managed policy whose document is unknown. It allows nothing. */
const nothing = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'none:None', Resource: '*' }],
};

/** The policy of the role that a call assumes, or of the bus that receives its events. */
const resourcePolicyOf = ({ iamOf, busOf }: Authorization, action: string, resource: string) => {
  if (action === 'events:PutEvents') {
    const policy = busOf(accountOf(resource))?.buses.find(resource)?.policy;
    return policy === undefined ? {} : { resourcePolicy: parsed(policy) };
  }
  if (action !== 'sts:AssumeRole') return {};
  const iam = iamOf(accountOf(resource));
  const role = iam?.roles().find(({ roleName }) => iam.arnOf(roleName) === resource);
  return role === undefined ? {} : { resourcePolicy: parsed(role.assumeRolePolicyDocument) };
};

const parsed = (json: string): unknown => (json === '' ? undefined : (JSON.parse(json) as unknown));

const denied = ({ service }: Request, caller: string, action: string, resource: string): AwsError => {
  const message = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`;
  if (service === 'ec2') return new AwsError('UnauthorizedOperation', message, 403);
  return ['iam', 'sts', 'cloudformation', 'sqs'].includes(service)
    ? new AwsError('AccessDenied', message, 403)
    : new AwsError('AccessDeniedException', message, 400);
};
