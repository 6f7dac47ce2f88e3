import type { Binding } from '../../../shared/core/iam-policy.ts';
import { accountId, settings as base } from '../../support/settings.ts';
import { dataset, targetAt, topic, user } from './targets.ts';

/** An allow policy with fields that rolebridge does not know. */
export interface ForeignPolicy {
  readonly version?: number;
  readonly bindings?: readonly Binding[];
  readonly auditConfigs?: readonly unknown[];
  readonly futureField?: unknown;
  /** Entries of a dataset's access list that are not bindings. */
  readonly views?: readonly unknown[];
}

const ourPrefix = `principalSet://iam.googleapis.com/projects/${base.google.projectNumber}/locations/global/workloadIdentityPools/${base.google.pool}/attribute.aws_role/`;

/** The member of a role, spelled out. */
export const memberText = (roleName: string, account = accountId): string =>
  `${ourPrefix}arn:aws:sts::${account}:assumed-role/${roleName}`;

/** The whole policy of rolebridge's own account is foreign: it has the binding that lets our functions act. */
const isUntouchable = (resource: string): boolean => resource.endsWith(`/${base.google.serviceAccount}`);

/** The members of a resource's binding that are in our pool, if rolebridge may own them. */
export const ownMembers = (resource: string, { role, members }: Binding): readonly string[] =>
  isUntouchable(resource) || targetAt(role, resource) === undefined
    ? []
    : members.filter((member) => member.startsWith(ourPrefix));

/** A policy as text, without the members that rolebridge may own and the rows that hold nothing else. */
export const foreignRows = (resource: string, policy: ForeignPolicy): string => {
  if (isUntouchable(resource)) return JSON.stringify(policy);
  const bindings = (policy.bindings ?? []).flatMap((binding) => {
    const ours = ownMembers(resource, binding);
    const members = binding.members.filter((member) => !ours.includes(member));
    // BigQuery keeps an entry for each member.
    if (resource === dataset) return members.map((member) => ({ ...binding, members: [member] }));
    return members.length === 0 ? [] : [{ ...binding, members }];
  });
  // An empty list is no one's row, so its presence does not matter.
  return JSON.stringify({ ...policy, bindings });
};

/**
 * Everything that must stay: other roles, other pools, conditions, deleted members, audit configuration, unknown
 * fields.
 */
export const busyPolicy: ForeignPolicy = {
  version: 3,
  auditConfigs: [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_READ' }] }],
  futureField: { nested: [1, { two: 'three' }] },
  bindings: [
    {
      role: 'roles/iam.serviceAccountUser',
      members: ['user:eve@example.com', 'deleted:user:x@example.com?uid=1'],
    },
    // In no order, and ours will be among them.
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

/** From rolebridge's own account. */
export const ownPolicy: ForeignPolicy = {
  bindings: [{ role: user, members: [memberText('rolebridge-prod-reconcile')] }],
};

/**
 * A resource as people left it under some Google role: with members of our pool that they bound by hand, as `byHand`
 * names them.
 */
export const busyDirectPolicy = (
  resource: string,
  googleRole: string,
  byHand: readonly string[],
): ForeignPolicy => ({
  ...(resource === dataset ? { views: [{ view: { projectId: 'acme-apps', tableId: 'v' } }] } : {}),
  bindings: [
    { role: googleRole, members: ['user:eve@example.com'] },
    ...(resource === topic || resource === dataset
      ? []
      : [
          {
            role: googleRole,
            members: ['user:mallory@example.com'],
            condition: { title: 'office hours', expression: 'request.time.getHours() < 17' },
          },
        ]),
    // Ours by its member, but under a Google role that no rule ever names.
    { role: 'roles/viewer.legacy', members: [memberText('reports')] },
    ...byHand.map((member) => ({ role: googleRole, members: [member] })),
  ],
});
