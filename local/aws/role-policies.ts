import { AwsError, type Input, text } from './call.ts';
import { findRole, type IamAction } from './iam-common.ts';
import { page } from './iam-pages.ts';
import type { LocalRole, RoleStore } from './roles.ts';

/** AWS's default quota. */
const maxAttached = 10;

/** Attached and inline policies of roles. Any managed policy exists here, AWS's and the account's own. */
export const rolePolicyActions = (store: RoleStore): Readonly<Record<string, IamAction>> => ({
  AttachRolePolicy: (input) => {
    const role = findRole(store, input, 'now');
    const arn = arnIn(input);
    const attachedPolicies = [...new Set([...role.attachedPolicies, arn])];
    if (attachedPolicies.length > maxAttached)
      throw new AwsError('LimitExceeded', `Cannot exceed quota for PoliciesPerRole: ${maxAttached}`, 409);
    store.put({ ...role, attachedPolicies });
    return {};
  },
  DetachRolePolicy: (input) => {
    const role = findRole(store, input, 'now');
    const arn = arnIn(input);
    if (!role.attachedPolicies.includes(arn)) throw missing(`Policy ${arn} was not found.`);
    store.put({ ...role, attachedPolicies: role.attachedPolicies.filter((attached) => attached !== arn) });
    return {};
  },
  PutRolePolicy: (input) => {
    const role = findRole(store, input, 'now');
    const document = text(input, 'PolicyDocument');
    checkDocument(document);
    store.put({
      ...role,
      inlinePolicies: { ...role.inlinePolicies, [text(input, 'PolicyName')]: document },
    });
    return {};
  },
  /** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
  GetRolePolicy: (input, view) => {
    const { roleName, inlinePolicies } = findRole(store, input, view);
    const PolicyName = text(input, 'PolicyName');
    const document = inlinePolicies[PolicyName];
    if (document === undefined) throw missing(`The role policy with name ${PolicyName} cannot be found.`);
    return { RoleName: roleName, PolicyName, PolicyDocument: encodeURIComponent(document) };
  },
  DeleteRolePolicy: (input) => {
    const role = findRole(store, input, 'now');
    const { [text(input, 'PolicyName')]: document, ...inlinePolicies } = role.inlinePolicies;
    if (document === undefined)
      throw missing(`The role policy with name ${text(input, 'PolicyName')} cannot be found.`);
    store.put({ ...role, inlinePolicies });
    return {};
  },
  ListAttachedRolePolicies: (input, view) => {
    const prefix = text(input, 'PathPrefix') || '/';
    const isBelow = (arn: string) => (arn.split(':policy')[1] ?? '').startsWith(prefix);
    const sorted = findRole(store, input, view).attachedPolicies.filter(isBelow).toSorted();
    const { items, rest } = page(input, sorted, (arn) => arn);
    return { AttachedPolicies: items.map(attachedShape), ...rest };
  },
  ListRolePolicies: (input, view) => {
    const sorted = Object.keys(findRole(store, input, view).inlinePolicies).toSorted();
    const { items, rest } = page(input, sorted, (name) => name);
    return { PolicyNames: items, ...rest };
  },
});

const arnIn = (input: Input): string => {
  const arn = text(input, 'PolicyArn');
  if (!/^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[!-~]+$/.test(arn))
    throw new AwsError('InvalidInput', `ARN ${arn} is not valid.`);
  return arn;
};

const missing = (what: string): AwsError => new AwsError('NoSuchEntity', what, 404);

/** @throws AwsError if it is not JSON */
export const checkDocument = (document: string): void => {
  try {
    JSON.parse(document);
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
};

const attachedShape = (arn: string) => ({ PolicyName: arn.split('/').at(-1) ?? '', PolicyArn: arn });

/** A role's policies, in the form of GetAccountAuthorizationDetails. */
export const policyShapes = ({ attachedPolicies, inlinePolicies }: LocalRole) => ({
  RolePolicyList: Object.entries(inlinePolicies).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeURIComponent(document),
  })),
  AttachedManagedPolicies: attachedPolicies.map(attachedShape),
});
