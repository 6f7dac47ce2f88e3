import type { DriftedRole, ParameterListing, Snapshot } from '../../shared/core/compare.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { changeText } from '../../shared/core/drift.ts';
import { type Binding, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { PresentRole, RoleRef } from '../../shared/core/model.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { accountId, reader, roleRef, settings, writer } from './settings.ts';

export const readerPolicy = serviceAccountResource(reader);
export const writerPolicy = serviceAccountResource(writer);

/** The value that rolebridge publishes for a service account. */
export const configOf = (email: string): string =>
  JSON.stringify(credentialConfig(settings, `aws-${accountId}`, email));

export const present = (roleName: string, tags: Readonly<Record<string, string>> = {}): PresentRole => ({
  kind: 'present',
  ref: roleRef(roleName),
  roleId: `AROA${roleName.toUpperCase()}`,
  arn: `arn:aws:iam::${accountId}:role/${roleName}`,
  tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
});

export const binding = (refs: readonly RoleRef[], more: Partial<Binding> = {}): Binding => ({
  role: workloadIdentityUser,
  members: refs.map((ref) => memberOf(settings, ref)),
  ...more,
});

export const policyOf = (...bindings: readonly Binding[]): ObservedPolicy => ({
  kind: 'read',
  policy: { bindings },
});

/** What lies under a prefix in one region: names below it, each with its value. */
export const listing = (
  region: string,
  values: Readonly<Record<string, string>> = {},
  more: Partial<ParameterListing> = {},
): ParameterListing => {
  const prefix = more.prefix ?? '/google-access';
  const parameters = Object.entries(values).map(([name, value]) => ({ name: `${prefix}/${name}`, value }));
  return { region, prefix, isComplete: true, parameters, ...more };
};

/** The same parameters in every region of the settings. */
export const everywhere = (values: Readonly<Record<string, string>> = {}): readonly ParameterListing[] =>
  settings.regions.map((region) => listing(region, values));

/** Two accounts that nobody is bound on, and nothing else. */
export const snapshot = (
  more: Partial<Omit<Snapshot, 'policies'>> = {},
  policies: Readonly<Record<string, ObservedPolicy>> = {},
): Snapshot => ({
  accountId,
  roles: [],
  isRolesComplete: true,
  parameters: everywhere(),
  unseen: new Set(),
  policies: new Map(Object.entries({ [readerPolicy]: policyOf(), [writerPolicy]: policyOf(), ...policies })),
  ...more,
});

/** Each drifted role, and what would repair it, in a line each. */
export const lines = (drifted: readonly DriftedRole[]): readonly (readonly string[])[] =>
  drifted.map(({ drift }) => [drift.ref.roleName, ...drift.changes.map(changeText)]);
