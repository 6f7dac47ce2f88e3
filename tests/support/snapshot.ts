import { wantedBindings } from '../../shared/core/bindings.ts';
import type { DriftedRole, Estate, ParameterListing } from '../../shared/core/compare.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { changeText } from '../../shared/core/drift.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import { type Binding, ourBindings } from '../../shared/core/iam-policy.ts';
import { bindingKey, type LedgerEntry, roleItemKey, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { PresentRole, RoleRef } from '../../shared/core/model.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { isSameRole, roleKey } from '../../shared/core/role-key.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { readTable, type TableView } from '../../shared/core/table-view.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { accountId, now, reader, roleRef, settings, writer } from './settings.ts';
import { entryFor } from './table.ts';

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

/** The parameters under a prefix in one region: names below it, each with its value. */
export const listing = (
  region: string,
  values: Readonly<Record<string, string>> = {},
  more: Partial<ParameterListing> = {},
): ParameterListing => {
  const prefix = more.prefix ?? '/google-access';
  const parameters = Object.entries(values).map(([name, value]) => ({
    name: `${prefix}/${name}`,
    value,
    type: 'String',
  }));
  return { accountId, region, prefix, isComplete: true, parameters, ...more };
};

/** The same parameters in every region of the settings. */
export const everywhere = (values: Readonly<Record<string, string>> = {}): readonly ParameterListing[] =>
  settings.regions.map((region) => listing(region, values));

/** A ledger that lists every binding of the policies, under the grants that ask for it. */
const tableOf = ({ roles, policies }: Pick<Estate, 'roles' | 'policies'>): TableView => {
  const entries = [...policies].flatMap(([resource, observed]) =>
    observed.kind === 'read'
      ? ourBindings(settings, resource, observed.policy).map(({ ref, member, condition }) => {
          const role = roles.find((one) => isSameRole(one.ref, ref));
          const id = { googleRole: workloadIdentityUser, resource, member, condition };
          const wanted =
            role === undefined
              ? undefined
              : wantedBindings(settings, role.ref, desiredOf(role, settings, now)).get(
                  bindingKey(id as LedgerEntry),
                );
          const grants = wanted?.grants.map(({ name }) => name) ?? ['default'];
          return {
            ref,
            entry: entryFor('', {
              resource,
              member,
              grants,
              ...(condition === undefined ? {} : { condition }),
            }),
          };
        })
      : [],
  );
  return readTable(
    [...Map.groupBy(entries, ({ ref }) => roleKey(ref))].flatMap(([key, group]) => {
      const [one] = group;
      return one === undefined
        ? []
        : [
            {
              ...roleItemKey(key),
              revision: 'r',
              body: writeLedgerItem({ role: one.ref, entries: group.map(({ entry }) => entry) }),
            },
          ];
    }),
  );
};

/** Two accounts with no bindings, and nothing else. The ledger lists the bindings. */
export const snapshot = (
  more: Partial<Omit<Estate, 'policies'>> = {},
  policies: Readonly<Record<string, ObservedPolicy>> = {},
): Estate => {
  const made = {
    ownerships: new Map([[poolPath(settings), { kind: 'ours' } as const]]),
    roles: [],
    listedAccounts: new Set([accountId]),
    parameters: everywhere(),
    unseen: new Set<string>(),
    policies: new Map(
      Object.entries({ [readerPolicy]: policyOf(), [writerPolicy]: policyOf(), ...policies }),
    ),
    ...more,
  };
  return { table: tableOf(made), ...made };
};

/** Each drifted role, and its repair, in a line each. */
export const lines = (drifted: readonly DriftedRole[]): readonly (readonly string[])[] =>
  drifted.map(({ drift }) => [drift.ref.roleName, ...drift.changes.map(changeText)]);
