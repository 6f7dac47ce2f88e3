import type { Binding } from '../../../shared/core/iam-policy.ts';
import { accountId, settings as base } from '../../support/settings.ts';

/** An allow policy with fields that rolebridge does not know. */
export interface ForeignPolicy {
  readonly version?: number;
  readonly bindings?: readonly Binding[];
  readonly auditConfigs?: readonly unknown[];
  readonly futureField?: unknown;
}

export const user = 'roles/iam.workloadIdentityUser';
const ourPrefix = `principalSet://iam.googleapis.com/projects/${base.google.projectNumber}/locations/global/workloadIdentityPools/${base.google.pool}/attribute.aws_role/`;

/** The member of a role, spelled out. */
export const memberText = (roleName: string, account = accountId): string =>
  `${ourPrefix}arn:aws:sts::${account}:assumed-role/${roleName}`;

/** The whole policy of rolebridge's own account is foreign: the binding that lets our functions act is in it. */
const isUntouchable = (resource: string): boolean => resource.endsWith(`/${base.google.serviceAccount}`);

/** The members of a resource's workload identity users that rolebridge owns. */
export const ownMembers = (resource: string, members: readonly string[]): readonly string[] =>
  isUntouchable(resource) ? [] : members.filter((member) => member.startsWith(ourPrefix));

/** A policy as text, without the members that rolebridge owns and the rows that hold nothing else. */
export const foreignRows = (resource: string, policy: ForeignPolicy): string => {
  if (isUntouchable(resource)) return JSON.stringify(policy);
  const bindings = (policy.bindings ?? []).flatMap((binding) => {
    const ours = binding.role === user ? ownMembers(resource, binding.members) : [];
    const members = binding.members.filter((member) => !ours.includes(member));
    return members.length === 0 ? [] : [{ ...binding, members }];
  });
  // Whether an empty list is there at all is nobody's row.
  return JSON.stringify({ ...policy, bindings });
};

/** Everything that must stay: other roles, other pools, conditions, deleted members, audit configuration, the unknown. */
export const busyPolicy: ForeignPolicy = {
  version: 3,
  auditConfigs: [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
  futureField: { nested: [1, { two: 'three' }] },
  bindings: [
    {
      role: 'roles/iam.serviceAccountUser',
      members: ['user:eve@example.com', 'deleted:user:x@example.com?uid=1'],
    },
    // In no order, and ours will stand among them.
    { role: user, members: ['serviceAccount:ci@acme-data.iam.gserviceaccount.com', 'group:ops@example.com'] },
    {
      role: user,
      members: ['user:mallory@example.com'],
      condition: { title: 'office hours', expression: 'request.time.getHours() < 17' },
    },
    // Ours by its member, but not by its role: foreign.
    { role: 'roles/iam.serviceAccountTokenCreator', members: [memberText('reports')] },
    {
      role: user,
      members: [
        'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/other/*',
      ],
    },
  ],
};

/** Of rolebridge's own account. */
export const ownPolicy: ForeignPolicy = {
  bindings: [{ role: user, members: [memberText('rolebridge-prod-reconcile')] }],
};
