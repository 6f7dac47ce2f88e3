import { credentialConfig } from '../../../shared/core/credential-config.ts';
import type { Binding } from '../../../shared/core/iam-policy.ts';
import { accountId, settings as base } from '../../support/settings.ts';
import { type ForeignPolicy, memberText, user } from './foreign.ts';

export const accounts = ['reader@acme-data', 'writer@acme-data', 'etl@acme-apps'].map(
  (name) => `${name}.iam.gserviceaccount.com`,
);
export const roleNames = ['reports', 'Reports', 'app.a', 'App.a'];

/** What somebody does to an allow policy in Google's console. */
export type PolicyEdit =
  | {
      readonly kind: 'add' | 'remove';
      readonly role: string;
      readonly member: string;
      readonly title?: string;
    }
  | { readonly kind: 'withoutOurs' };

const ours = [...roleNames.map((name) => memberText(name)), memberText('reports', '999988887777')];
export const handMadeMembers = ['user:ann@example.com', ...ours];

/** What somebody puts into Parameter Store. */
export const handMadeValues = [
  'nonsense',
  'x'.repeat(4096),
  'x'.repeat(8192),
  ...[...accounts, base.google.serviceAccount].map((email) =>
    JSON.stringify(credentialConfig(base, `aws-${accountId}`, email)),
  ),
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

/** Others put new rows and members in front, where rolebridge appends. */
export const editedByHand = (policy: ForeignPolicy, edit: PolicyEdit): ForeignPolicy => {
  if (edit.kind === 'withoutOurs') return without(policy, ({ role }) => role === user, ours);
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
