import { type AllowPolicy, type Condition } from '../../core/iam-policy.ts';
import { type ResourceName, serviceAccountResource } from '../../core/service-account.ts';
import { workloadIdentityUser } from '../../core/target.ts';
import { editorRole, keyReaderRole, listerRole, poolReaderRole, type WantedRole } from '../custom-roles.ts';
import { isProject } from '../policy-store.ts';
import { resourceLabel } from '../resource-label.ts';
import { type BindPurpose, lastOf, projectOfName } from '../step.ts';
import type { ObservedUndo } from './observe.ts';
import type { UndoScope } from './scope.ts';
import { mergeUndo, type UndoPlan, type UndoStep, undoPart } from './step.ts';

/** Plans the removal of the grants of our custom roles, of those roles, and of rolebridge's own service account. */
export const planUndoAccess = (scope: UndoScope, observed: ObservedUndo): UndoPlan => {
  const email = scope.settings.google.serviceAccount;
  const others = otherActors(scope, observed);
  const deployments = others.filter(isFederated);
  // Stages may share the service account and the custom roles. Only the functions of this stage lose them.
  if (deployments.length > 0)
    return mergeUndo([
      stopActing(scope, observed),
      undoPart({
        warnings: [
          `${email}, its grants and the custom roles stay, because another deployment uses the service account: ${deployments.join(', ')}. To remove them, undo that deployment as well.`,
        ],
      }),
    ]);
  return mergeUndo([
    undoPart({ steps: ourGrants(scope, observed) }),
    ...scope.customRoles.map((role) => planRole(role, scope, observed)),
    planAccount(scope, observed, others),
  ]);
};

interface Row {
  readonly resource: ResourceName;
  readonly role: string;
  readonly member: string;
  readonly condition?: Condition;
}

const rowsOf = ({ policies }: Pick<ObservedUndo, 'policies'>): readonly Row[] =>
  [...policies].flatMap(([resource, policy]) => rowsIn(resource, policy));

const rowsIn = (resource: ResourceName, { bindings = [] }: AllowPolicy): readonly Row[] =>
  bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ resource, role, member, ...(condition === undefined ? {} : { condition }) })),
  );

/** Members that may act as our service account, other than this deployment's functions. */
const otherActors = (
  { settings, isFunctionMember }: UndoScope,
  { policies }: ObservedUndo,
): readonly string[] => {
  const resource = serviceAccountResource(settings.google.serviceAccount);
  return [
    ...new Set(
      rowsIn(resource, policies.get(resource) ?? {})
        .filter(({ role, member }) => actingRoles.has(role) && !isFunctionMember(member))
        .map(({ member }) => member),
    ),
  ];
};

const actingRoles = new Set([workloadIdentityUser, 'roles/iam.serviceAccountTokenCreator']);

/** A member of a workload identity pool, as the functions of another deployment are. */
const isFederated = (member: string): boolean => /^principal(Set)?:\/\//.test(member);

/** The functions of this deployment may no longer act as rolebridge. */
const stopActing = ({ settings, isFunctionMember }: UndoScope, { policies }: ObservedUndo): UndoPlan => {
  const resource = serviceAccountResource(settings.google.serviceAccount);
  return undoPart({
    steps: rowsIn(resource, policies.get(resource) ?? {})
      .filter(({ role, member }) => role === workloadIdentityUser && isFunctionMember(member))
      .map((row) => ({ kind: 'unbind', purpose: 'actAsRolebridge', ...row })),
  });
};

/**
 * Grants of our custom roles to our service account: each opt-in, wherever it was made, and those on projects. Setup grants the key
 * reader's role to others.
 */
const ourGrants = (scope: UndoScope, observed: ObservedUndo): readonly UndoStep[] => {
  const roles = new Set(scope.customRoles.map(({ name }) => name));
  return rowsOf(observed)
    .filter((row) => roles.has(row.role) && (isOwn(scope, row.member) || isKeyReader(row)))
    .map((row): UndoStep => ({ kind: 'unbind', purpose: purposeOf(row), ...row }))
    .toSorted((a, b) => orderOf(a) - orderOf(b));
};

/** Only on its own project, as setup grants it. */
const isKeyReader = ({ resource, role }: Row): boolean => {
  const project = projectOfName(role);
  return role === keyReaderRole(project).name && resource === `projects/${project}`;
};

/** If someone deleted the account, Google renames the member. */
const isOwn = ({ settings }: UndoScope, member: string): boolean => {
  const own = `serviceAccount:${settings.google.serviceAccount}`;
  return member === own || member.startsWith(`deleted:${own}?uid=`);
};

const purposeOf = ({ resource, role }: Row): BindPurpose => {
  const project = projectOfName(role);
  if (role === editorRole(project).name) return isProject(resource) ? 'optInProject' : 'optIn';
  if (role === listerRole(project).name) return 'list';
  if (role === poolReaderRole(project).name) return 'readPool';
  if (role === keyReaderRole(project).name) return 'readKeys';
  return isProject(resource) ? 'optInProjectGrants' : 'optInResource';
};

const order: readonly BindPurpose[] = [
  'optIn',
  'optInResource',
  'optInProject',
  'optInProjectGrants',
  'readKeys',
  'list',
  'readPool',
];
const orderOf = (step: UndoStep): number => (step.kind === 'unbind' ? order.indexOf(step.purpose) : -1);

const planRole = (role: WantedRole, scope: UndoScope, observed: ObservedUndo): UndoPlan => {
  const { name } = role;
  const state = observed.customRoles.get(name);
  if (state === undefined || state.kind === 'absent' || state.isDeleted) return undoPart({});
  const title = `Role ${lastOf(name)} of project ${projectOfName(name)} stays`;
  if (!isSameSet(state.permissions, role.permissions))
    return undoPart({
      warnings: [
        `${title}: its permissions are not those that setup gives it, so someone changed it. If no one needs it: gcloud iam roles delete ${lastOf(name)} --project ${projectOfName(name)}`,
      ],
    });
  const holders = rowsOf(observed).filter(
    (row) => row.role === name && !isOwn(scope, row.member) && !isKeyReader(row),
  );
  return holders.length === 0
    ? undoPart({ steps: [{ kind: 'deleteCustomRole', name }] })
    : undoPart({
        warnings: [`${title}, because it is granted to others: ${holders.map(rowText).join(', ')}.`],
      });
};

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));

const rowText = ({ member, resource }: Row): string => `${member} on ${resourceLabel(resource)}`;

const planAccount = (scope: UndoScope, observed: ObservedUndo, others: readonly string[]): UndoPlan => {
  const { serviceAccount: email } = scope.settings.google;
  const state = observed.serviceAccount;
  if (state.kind === 'absent') return undoPart({});
  const reason =
    others.length > 0
      ? `because others may act as it: ${others.join(', ')}`
      : state.displayName === ourDisplayName
        ? undefined
        : `because setup did not create it (its display name is ${state.displayName === '' ? 'empty' : `"${state.displayName}"`}, not "${ourDisplayName}")`;
  const project = projectOfName(serviceAccountResource(email));
  if (reason !== undefined)
    return mergeUndo([
      stopActing(scope, observed),
      undoPart({
        warnings: [
          `Service account ${email} stays, ${reason}. If no one needs it: gcloud iam service-accounts delete ${email} --project ${project}`,
        ],
      }),
    ]);
  return undoPart({
    steps: [{ kind: 'deleteServiceAccount', email, project }],
    warnings: foreignGrants(scope, observed).map(
      (row) =>
        `${email} also has ${row.role} on ${resourceLabel(row.resource)}, which setup did not grant. That access ends when the account is deleted, and Google keeps the row as deleted:serviceAccount:${email}.`,
    ),
  });
};

/** As setup creates it. */
const ourDisplayName = 'rolebridge';

const foreignGrants = (scope: UndoScope, observed: ObservedUndo): readonly Row[] => {
  const roles = new Set(scope.customRoles.map(({ name }) => name));
  const own = `serviceAccount:${scope.settings.google.serviceAccount}`;
  return rowsOf(observed).filter(({ role, member }) => member === own && !roles.has(role));
};
