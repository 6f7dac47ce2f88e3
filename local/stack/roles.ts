import type { AwsWorld } from '../aws/world.ts';
import { type Fields, fields, items, type Resource } from './template.ts';

/**
 * Creates a role of a template in IAM, or changes it as CloudFormation does. @throws AwsError if someone else's role has the
 * name. @throws Error for a change that would replace the role
 */
export const putRole = ({ iam }: Pick<AwsWorld, 'iam'>, role: Resource, previous?: Resource): void => {
  const { properties, physicalId: RoleName } = role;
  const trust = documentOf(properties['AssumeRolePolicyDocument']);
  if (previous === undefined) iam.perform('CreateRole', { RoleName, ...newRole(properties, trust) });
  else assertSameRole(role, previous);
  if (previous !== undefined && trust !== documentOf(previous.properties['AssumeRolePolicyDocument']))
    iam.perform('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust });
  const wanted = policiesOf(role);
  const existing = previous === undefined ? new Map<string, string>() : policiesOf(previous);
  for (const [PolicyName, PolicyDocument] of wanted)
    if (existing.get(PolicyName) !== PolicyDocument)
      iam.perform('PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  for (const PolicyName of existing.keys())
    if (!wanted.has(PolicyName)) iam.perform('DeleteRolePolicy', { RoleName, PolicyName });
  const attached = new Set(managedOf(previous));
  for (const PolicyArn of managedOf(role))
    if (!attached.delete(PolicyArn)) iam.perform('AttachRolePolicy', { RoleName, PolicyArn });
  for (const PolicyArn of attached) iam.perform('DetachRolePolicy', { RoleName, PolicyArn });
};

const documentOf = (document: unknown): string => (document === undefined ? '' : JSON.stringify(document));

const newRole = (properties: Fields, trust: string) => ({
  AssumeRolePolicyDocument: trust,
  Path: properties['Path'],
  Description: properties['Description'],
  PermissionsBoundary: properties['PermissionsBoundary'],
  MaxSessionDuration: properties['MaxSessionDuration'],
  Tags: items(properties['Tags']),
});

/** A stand-in that ignored such a change would hide a mistake. */
const assertSameRole = (role: Resource, previous: Resource): void => {
  const identity = ({ physicalId, properties }: Resource): string =>
    JSON.stringify([
      physicalId,
      ...['Path', 'Description', 'PermissionsBoundary', 'MaxSessionDuration', 'Tags'].map(
        (field) => properties[field] ?? null,
      ),
    ]);
  if (identity(role) !== identity(previous))
    throw new Error(
      `The stand-in changes only the policies of the role ${role.logicalId}. Delete the stack and create it again.`,
    );
};

/** Inline policies by name. */
const policiesOf = ({ properties }: Resource): ReadonlyMap<string, string> =>
  new Map(
    items(properties['Policies']).map((policy) => {
      const { PolicyName, PolicyDocument } = fields(policy);
      return [String(PolicyName), JSON.stringify(PolicyDocument)];
    }),
  );

const managedOf = (role: Resource | undefined): readonly string[] =>
  items(role?.properties['ManagedPolicyArns']).map(String);

/** Succeeds if there is no such role. */
export const deleteRole = ({ iam }: Pick<AwsWorld, 'iam'>, RoleName: string): void => {
  const role = iam.role(RoleName);
  if (role === undefined) return;
  for (const PolicyName of Object.keys(role.inlinePolicies))
    iam.perform('DeleteRolePolicy', { RoleName, PolicyName });
  for (const PolicyArn of role.attachedPolicies) iam.perform('DetachRolePolicy', { RoleName, PolicyArn });
  iam.perform('DeleteRole', { RoleName });
};
