import { type CredentialConfig, credentialConfig, readPublished, sameJson } from './credential-config.ts';
import type { Desired } from './desired.ts';
import {
  type AllowPolicy,
  type Condition,
  ourBindings,
  type PolicyEdit,
  sameCondition,
  untilCondition,
  workloadIdentityUser,
} from './iam-policy.ts';
import { memberOf } from './member.ts';
import { type Grant, type RoleState, sameRole } from './model.ts';
import { grantOfParameter, parameterName } from './parameter-name.ts';
import { emailOfResource, type ResourceName, serviceAccountResource } from './service-account.ts';
import { providerOf, type Settings } from './settings.ts';

export interface ObservedParameter {
  readonly name: string;
  readonly value: string;
}

/** One region's parameters of one role; `unreadable` is never taken for "none". */
export type ObservedRegion =
  | { readonly kind: 'read'; readonly region: string; readonly parameters: readonly ObservedParameter[] }
  | { readonly kind: 'unreadable'; readonly region: string };

export type ObservedPolicy =
  | { readonly kind: 'read'; readonly policy: AllowPolicy }
  /** Google says that there is no such service account: nothing can be bound to it. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable' };

interface ChangeBase {
  /** Unique among the changes of one role. */
  readonly id: string;
  /** Ids of changes that must be confirmed before this one may be made. */
  readonly after: readonly string[];
  /** The names of the grants that this change gives, repairs or takes away; none where nothing recorded it. */
  readonly grants: readonly string[];
  readonly email: string;
}
export type PolicyChange = ChangeBase & {
  readonly kind: 'bind' | 'unbind';
  readonly resource: ResourceName;
  readonly edit: PolicyEdit;
};
export type Publish = ChangeBase & {
  readonly kind: 'publish';
  readonly region: string;
  readonly name: string;
  readonly value: string;
  readonly description: string;
  /** No parameter named this account at this place before: whatever is bound to it was bound after this. */
  readonly isNewRecord: boolean;
};
export type Unpublish = ChangeBase & {
  readonly kind: 'unpublish';
  readonly region: string;
  readonly name: string;
};
/** A change to make in one of the clouds; the pure difference desired − observed. */
export type Change = PolicyChange | Publish | Unpublish;

export interface Observed {
  readonly role: RoleState;
  readonly regions: readonly ObservedRegion[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy>;
}

interface RecordedParameter {
  readonly region: string;
  readonly name: string;
  readonly value: string;
  /** The service account that this parameter says its role is bound to. */
  readonly email?: string;
}

/** Parameters that are ours, by their value; rolebridge's own account is never a resource to touch. */
const recorded = (settings: Settings, regions: readonly ObservedRegion[]): readonly RecordedParameter[] =>
  regions.flatMap((observed) =>
    observed.kind === 'unreadable'
      ? []
      : observed.parameters.flatMap(({ name, value }) => {
          const published = readPublished(settings, value);
          if (published.kind === 'foreign') return [];
          const { email } = published;
          const known = email === undefined || email === settings.google.serviceAccount ? {} : { email };
          return [{ region: observed.region, name, value, ...known }];
        }),
  );

/** Every resource that a grant or a parameter names: what planning must have read. */
export const resourcesOf = (
  settings: Settings,
  desired: Desired,
  regions: readonly ObservedRegion[],
): readonly ResourceName[] => {
  const emails = [
    ...desired.grants.map(({ target }) => target.email),
    ...recorded(settings, regions).flatMap(({ email }) => (email === undefined ? [] : [email])),
  ];
  return [...new Set(emails.map(serviceAccountResource))].toSorted();
};

const policyChangeId = (kind: 'bind' | 'unbind', resource: ResourceName, condition?: Condition): string =>
  [kind, resource, ...(condition === undefined ? [] : [JSON.stringify(condition)])].join(' ');

const conditionOf = (grant: Grant): Condition | undefined =>
  grant.expiresAt === undefined ? undefined : untilCondition(grant.expiresAt);

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** Bindings that are there and no grant explains. An unreadable policy is assumed to hold what a parameter records. */
const planUnbinds = (
  settings: Settings,
  { role, policies }: Observed,
  desired: Desired,
  records: readonly RecordedParameter[],
): readonly PolicyChange[] => {
  const member = memberOf(settings, role.ref);
  return [...policies].flatMap(([resource, observed]) => {
    const email = emailOfResource(resource);
    if (observed.kind === 'missing') return [];
    const wanted = desired.grants.filter(({ target }) => target.email === email);
    const recordedGrants = unique(
      records.filter((record) => record.email === email).map(({ name }) => grantOfParameter(name)),
    );
    const unbind = (condition?: Condition): PolicyChange => ({
      kind: 'unbind',
      id: policyChangeId('unbind', resource, condition),
      after: [],
      grants: recordedGrants,
      email,
      resource,
      edit: {
        kind: 'remove',
        role: workloadIdentityUser,
        member,
        ...(condition === undefined ? {} : { condition }),
      },
    });
    if (observed.kind === 'unreadable')
      return wanted.length === 0 && recordedGrants.length > 0 ? [unbind()] : [];
    return ourBindings(settings, observed.policy)
      .filter((binding) => sameRole(binding.ref, role.ref) && binding.member === member)
      .filter(({ condition }) => !wanted.some((grant) => sameCondition(conditionOf(grant), condition)))
      .map(({ condition }) => unbind(condition));
  });
};

/** What one grant should have in every region, where it differs from what is there. */
const planPublishes = (
  settings: Settings,
  { role, regions }: Observed,
  desired: Desired,
  records: readonly RecordedParameter[],
  unbinds: readonly PolicyChange[],
): readonly Publish[] => {
  const provider = providerOf(settings, role.ref);
  if (role.kind === 'absent' || provider === undefined) return [];
  return desired.grants.flatMap((grant) => {
    const { email } = grant.target;
    const config: CredentialConfig = credentialConfig(settings, provider, email);
    const name = parameterName(settings.parameterPrefix, role.ref, grant.name);
    return regions.flatMap((observed, index): readonly Publish[] => {
      const current =
        observed.kind === 'read'
          ? observed.parameters.find((parameter) => parameter.name === name)
          : undefined;
      const value = JSON.stringify(config, null, 2);
      if (current !== undefined && sameJson(current.value, value)) return [];
      const oldEmail = records.find(
        (record) => record.region === observed.region && record.name === name,
      )?.email;
      // Overwriting forgets the old account: only after the role is unbound there.
      const unbound = unbinds
        .filter((unbind) => unbind.email === oldEmail && oldEmail !== email)
        .map(({ id }) => id);
      // The copies in the other regions wait for the binding (section 6: instances share the read quota).
      const bound =
        index === 0 ? [] : [policyChangeId('bind', serviceAccountResource(email), conditionOf(grant))];
      return [
        {
          kind: 'publish',
          id: `publish ${observed.region} ${name}`,
          after: [...unbound, ...bound],
          grants: [grant.name],
          email,
          region: observed.region,
          name,
          value,
          isNewRecord: observed.kind === 'read' && oldEmail !== email,
          description: `Google credential config of ${role.arn} (${role.roleId}), by rolebridge. Holds no secret.`,
        },
      ];
    });
  });
};

/** Bindings that a grant asks for and that are not there; each waits for a parameter that records it. */
const planBinds = (
  settings: Settings,
  { role, policies }: Observed,
  desired: Desired,
  publishes: readonly Publish[],
  firstRegion: string,
): readonly PolicyChange[] => {
  const member = memberOf(settings, role.ref);
  const binds = new Map<string, PolicyChange>();
  for (const grant of desired.grants) {
    const { email } = grant.target;
    const resource = serviceAccountResource(email);
    const condition = conditionOf(grant);
    const id = policyChangeId('bind', resource, condition);
    const observed = policies.get(resource);
    const isBound =
      observed?.kind === 'read' &&
      ourBindings(settings, observed.policy).some(
        (binding) => binding.member === member && sameCondition(binding.condition, condition),
      );
    if (isBound || binds.has(id)) continue;
    const sharing = desired.grants.filter(
      (other) => other.target.email === email && sameCondition(conditionOf(other), condition),
    );
    // One record is enough; a parameter that is already right records it now, one without conditions soonest.
    const writes = sharing.map(({ name }) =>
      publishes.find((publish) => publish.region === firstRegion && publish.grants.includes(name)),
    );
    const record = writes.includes(undefined)
      ? undefined
      : (writes.find((write) => write?.after.length === 0) ?? writes[0]);
    binds.set(id, {
      kind: 'bind',
      id,
      after: record === undefined ? [] : [record.id],
      grants: sharing.map(({ name }) => name),
      email,
      resource,
      edit: {
        kind: 'add',
        role: workloadIdentityUser,
        member,
        ...(condition === undefined ? {} : { condition }),
      },
    });
  }
  return [...binds.values()];
};

/** Parameters of ours that no grant asks for; the first region's goes last, since it is the record. */
const planUnpublishes = (
  settings: Settings,
  role: RoleState,
  desired: Desired,
  records: readonly RecordedParameter[],
  unbinds: readonly PolicyChange[],
): readonly Unpublish[] => {
  const asked = new Set(
    desired.grants.map((grant) => parameterName(settings.parameterPrefix, role.ref, grant.name)),
  );
  const gone = records.filter(({ name }) => !asked.has(name));
  const idOf = ({ region, name }: RecordedParameter) => `unpublish ${region} ${name}`;
  return gone.map((record) => ({
    kind: 'unpublish',
    id: idOf(record),
    after: [
      ...unbinds.filter(({ email }) => email === record.email).map(({ id }) => id),
      ...(record.region === settings.regions[0]
        ? gone.filter((other) => other.name === record.name && other.region !== record.region).map(idOf)
        : []),
    ],
    grants: [grantOfParameter(record.name)],
    email: record.email ?? '',
    region: record.region,
    name: record.name,
  }));
};

/** Takes away the waiting for changes that are not part of the plan: what they would do is so already. */
export const onlyKnownDependencies = (changes: readonly Change[]): readonly Change[] => {
  const ids = new Set(changes.map(({ id }) => id));
  return changes.map((change) => ({ ...change, after: change.after.filter((id) => ids.has(id)) }));
};

/** The changes that make one role's access what its tags say, in a fixed order; empty when it is. */
export const planRole = (settings: Settings, observed: Observed, desired: Desired): readonly Change[] => {
  const records = recorded(settings, observed.regions);
  const unbinds = planUnbinds(settings, observed, desired, records);
  const publishes = planPublishes(settings, observed, desired, records, unbinds);
  const binds = planBinds(settings, observed, desired, publishes, settings.regions[0]);
  const unpublishes = planUnpublishes(settings, observed.role, desired, records, unbinds);
  return onlyKnownDependencies([...unbinds, ...publishes, ...binds, ...unpublishes]);
};
