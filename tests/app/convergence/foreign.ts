import type { Binding } from '../../../shared/core/iam-policy.ts';
import { accountId, settings as base } from '../../support/settings.ts';
import { dataset, targetAt, topic, user } from './targets.ts';

/** An allow policy with fields that rolebridge does not know. */
export interface ForeignPolicy {
  readonly version?: number;
  readonly bindings?: readonly Binding[];
  readonly auditConfigs?: readonly unknown[];
  readonly futureField?: unknown;
  /** Of a dataset: entries of its access list that are no bindings. */
  readonly views?: readonly unknown[];
}

const ourPrefix = `principalSet://iam.googleapis.com/projects/${base.google.projectNumber}/locations/global/workloadIdentityPools/${base.google.pool}/attribute.aws_role/`;

/** The member of a role, spelled out. */
export const memberText = (roleName: string, account = accountId): string =>
  `${ourPrefix}arn:aws:sts::${account}:assumed-role/${roleName}`;

/** The whole policy of rolebridge's own account is foreign: the binding that lets our functions act is in it. */
const isUntouchable = (resource: string): boolean => resource.endsWith(`/${base.google.serviceAccount}`);

/** The members of a resource's binding that are of our pool, where rolebridge may own them. */
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

/** As people left a resource under some Google role: with members of our pool that they bound by hand, as `byHand` names them. */
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
