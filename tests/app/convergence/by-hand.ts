import { credentialConfig } from '../../../shared/core/credential-config.ts';
import type { Binding } from '../../../shared/core/iam-policy.ts';
import type { RoleRef } from '../../../shared/core/model.ts';
import { settings as base, accountId as home } from '../../support/settings.ts';
import { type ForeignPolicy, memberText } from './foreign.ts';
import { type MemberIntent, providerIn } from './intent.ts';
import { far, inAccount, near } from './roles.ts';

export const accounts = ['reader@acme-data', 'writer@acme-data', 'etl@acme-apps'].map(
  (name) => `${name}.iam.gserviceaccount.com`,
);
export const roleNames = ['reports', 'Reports', 'app.a', 'App.a'];

/** The AWS accounts of a history, and the roles that its acts are about. */
export interface AwsAccounts {
  readonly ids: readonly string[];
  /** Everything rolebridge.yml may name besides the home account, initially and later. */
  readonly members: readonly (readonly MemberIntent[])[];
  readonly refs: readonly RoleRef[];
}

const homeRefs = roleNames.map((roleName) => inAccount(home, roleName));

export const oneAccount: AwsAccounts = { ids: [home], members: [[]], refs: homeRefs };

const nearby = { id: near, regions: ['eu-central-1'] } as const;

/** Each member account has a role with the name of a role in the home account. */
export const threeAccounts: AwsAccounts = {
  ids: [home, near, far],
  members: [
    [nearby, { id: far }],
    [nearby, { id: far }],
    [nearby],
    [{ id: far }],
    [{ id: near, regions: ['us-east-1', 'eu-central-1'] }, { id: far }],
    [],
  ],
  refs: [
    ...homeRefs,
    ...['reports', 'Reports'].map((roleName) => inAccount(near, roleName)),
    ...['app.a', 'App.a'].map((roleName) => inAccount(far, roleName)),
  ],
};

/** Things that people do to an allow policy in Google's console. */
export type PolicyEdit =
  | {
      readonly kind: 'add' | 'remove';
      readonly role: string;
      readonly member: string;
      readonly title?: string;
    }
  | { readonly kind: 'withoutOurs' };

const membersOf = ({ refs }: AwsAccounts): readonly string[] => [
  ...refs.map(({ roleName, accountId }) => memberText(roleName, accountId)),
  memberText('reports', '999988887777'),
];
const ours = membersOf(threeAccounts);
export const handMadeMembers = (within: AwsAccounts): readonly string[] => [
  'user:ann@example.com',
  ...membersOf(within),
];

/** Statuses that no function published: of access, of a refusal, and of a later version. */
export const handMadeStatuses: readonly string[] = [
  '{"version":1,"state":"granted","since":"2026-01-01T00:00:00.000Z"}',
  '{"version":1,"state":"refused","reason":"by hand"}',
  '{"version":2,"state":"paused"}',
];

/** Things that people put into Parameter Store. */
export const handMadeValues = (accountId: string): readonly string[] => [
  'nonsense',
  'x'.repeat(4096),
  'x'.repeat(8192),
  ...handMadeStatuses,
  ...[...accounts, base.google.serviceAccount, undefined].map((email) =>
    JSON.stringify(credentialConfig(base, providerIn(accountId), email)),
  ),
  'acme-apps',
];

const without = (
  policy: ForeignPolicy,
  isRow: (binding: Binding) => boolean,
  members: readonly string[],
): ForeignPolicy => {
  const bindings = (policy.bindings ?? []).map((binding) =>
    isRow(binding)
      ? { ...binding, members: binding.members.filter((member) => !members.includes(member)) }
      : binding,
  );
  return { ...policy, bindings: bindings.filter((binding) => binding.members.length > 0) };
};

/**
 * Others put new rows and members in front; rolebridge appends. `sites`: the Google roles that `withoutOurs` clears.
 */
export const editedByHand = (
  policy: ForeignPolicy,
  edit: PolicyEdit,
  sites: readonly string[],
): ForeignPolicy => {
  if (edit.kind === 'withoutOurs') return without(policy, ({ role }) => sites.includes(role), ours);
  const { kind, role, member, title } = edit;
  const isRow = (binding: Binding) => binding.role === role && binding.condition?.title === title;
  if (kind === 'remove') return without(policy, isRow, [member]);
  const bindings = policy.bindings ?? [];
  const at = bindings.findIndex(isRow);
  const condition = title === undefined ? {} : { condition: { title, expression: 'true' } };
  if (at === -1) return { ...policy, bindings: [{ role, members: [member], ...condition }, ...bindings] };
  const joined = bindings.map((binding, index) =>
    index === at ? { ...binding, members: [...new Set([member, ...binding.members])] } : binding,
  );
  return { ...policy, bindings: joined };
};
