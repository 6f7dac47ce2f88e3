import {
  type Change,
  onlyKnownDependencies,
  type PolicyChange,
  type Publish,
  type Unpublish,
} from './change.ts';
import { type CredentialConfig, credentialConfig, sameJson } from './credential-config.ts';
import type { Desired } from './desired.ts';
import {
  type Condition,
  conditionsOf,
  grantCondition,
  sameCondition,
  workloadIdentityUser,
} from './iam-policy.ts';
import { memberOf } from './member.ts';
import type { RoleState } from './model.ts';
import {
  type Observed,
  type ObservedFolder,
  type ParameterPlace,
  placeKey,
  type RecordedParameter,
  recordedParameters,
} from './observed.ts';
import { grantOfParameter, parameterName, parameterPath } from './parameter-name.ts';
import { emailOfResource, type ResourceName, serviceAccountResource } from './service-account.ts';
import { providerOf, type Settings } from './settings.ts';

const policyChangeId = (kind: 'bind' | 'unbind', resource: ResourceName, condition?: Condition): string =>
  [kind, resource, ...(condition === undefined ? [] : [JSON.stringify(condition)])].join(' ');

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
    return conditionsOf(observed.policy, member)
      .filter((condition) => !wanted.some((grant) => sameCondition(grantCondition(grant), condition)))
      .map((condition) => unbind(condition));
  });
};

/** The role's folder in a configured region; others are left over from earlier configurations. */
const ownFolder = (
  settings: Settings,
  role: RoleState,
  folders: readonly ObservedFolder[],
  region: string,
): ObservedFolder | undefined => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  return folders.find((folder) => folder.region === region && folder.path === path);
};

/** What one grant should have in every region, where it differs from what is there. */
const planPublishes = (
  settings: Settings,
  { role, folders }: Observed,
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
    return settings.regions.flatMap((region, index): readonly Publish[] => {
      const folder = ownFolder(settings, role, folders, region);
      if (folder === undefined) return [];
      const current =
        folder.kind === 'read' ? folder.parameters.find((parameter) => parameter.name === name) : undefined;
      const value = JSON.stringify(config, null, 2);
      if (current !== undefined && sameJson(current.value, value)) return [];
      const oldEmail = records.find((record) => record.region === region && record.name === name)?.email;
      // Overwriting forgets the old account: only after the role is unbound there.
      const unbound = unbinds
        .filter((unbind) => unbind.email === oldEmail && oldEmail !== email)
        .map(({ id }) => id);
      // The copies in the other regions wait for the binding (section 6: instances share the read quota).
      const bound =
        index === 0 ? [] : [policyChangeId('bind', serviceAccountResource(email), grantCondition(grant))];
      return [
        {
          kind: 'publish',
          id: `publish ${placeKey({ region, name })}`,
          after: [...unbound, ...bound],
          grants: [grant.name],
          email,
          region,
          name,
          value,
          isNewRecord: folder.kind === 'read' && oldEmail !== email,
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
    const condition = grantCondition(grant);
    const id = policyChangeId('bind', resource, condition);
    const observed = policies.get(resource);
    const isBound =
      observed?.kind === 'read' &&
      conditionsOf(observed.policy, member).some((found) => sameCondition(found, condition));
    if (isBound || binds.has(id)) continue;
    const sharing = desired.grants.filter(
      (other) => other.target.email === email && sameCondition(grantCondition(other), condition),
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
  publishes: readonly Publish[],
): readonly Unpublish[] => {
  const [firstRegion] = settings.regions;
  const asked = new Set(
    desired.grants.flatMap((grant) => {
      const name = parameterName(settings.parameterPrefix, role.ref, grant.name);
      return settings.regions.map((region) => placeKey({ region, name }));
    }),
  );
  const gone = records.filter((record) => !asked.has(placeKey(record)));
  const idOf = (place: ParameterPlace) => `unpublish ${placeKey(place)}`;
  return gone.map((record) => ({
    kind: 'unpublish',
    id: idOf(record),
    after: [
      ...unbinds.filter(({ email }) => email === record.email).map(({ id }) => id),
      // Where access stays (a grant was renamed, a prefix or region given up), another record must stand first.
      ...publishes
        .filter(({ email, region }) => email === record.email && region === firstRegion)
        .map(({ id }) => id),
      ...(record.region === firstRegion
        ? gone.filter((other) => other.name === record.name && other.region !== record.region).map(idOf)
        : []),
    ],
    grants: [grantOfParameter(record.name)],
    email: record.email ?? '',
    region: record.region,
    name: record.name,
  }));
};

/** The changes that make one role's access what its tags say, in a fixed order; empty when it is. */
export const planRole = (settings: Settings, observed: Observed, desired: Desired): readonly Change[] => {
  const records = recordedParameters(settings, observed.folders);
  const unbinds = planUnbinds(settings, observed, desired, records);
  const publishes = planPublishes(settings, observed, desired, records, unbinds);
  const binds = planBinds(settings, observed, desired, publishes, settings.regions[0]);
  const unpublishes = planUnpublishes(settings, observed.role, desired, records, unbinds, publishes);
  return onlyKnownDependencies([...unbinds, ...publishes, ...binds, ...unpublishes]);
};
