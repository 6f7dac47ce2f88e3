import type { Change } from '../core/change.ts';
import { credentialConfig, sameJson } from '../core/credential-config.ts';
import type { Failure } from '../core/errors.ts';
import { endOf, grantCondition, workloadIdentityUser } from '../core/iam-policy.ts';
import { type BindingId, bindingKey, type LedgerEntry } from '../core/ledger.ts';
import { memberOf, poolOfMember } from '../core/member.ts';
import { writesNothing } from '../core/mode.ts';
import type { Grant, Timestamp } from '../core/model.ts';
import { configType, type ParameterPlace, placeKey } from '../core/observed.ts';
import type { FailedPart, GrantState, LeftAccess } from '../core/outcome.ts';
import { folderOf, parameterName } from '../core/parameter-name.ts';
import { emailOfResource, serviceAccountResource } from '../core/service-account.ts';
import { providerOf, type Settings } from '../core/settings.ts';
import { failureOf, type ResultsById } from './change-result.ts';
import { bindingOf } from './ledger.ts';
import type { Planned, Round } from './role-run.ts';

/** What one round knows of a role once its changes are made. Outcomes are made of this, and of nothing else. */
export interface Seen {
  readonly settings: Settings;
  readonly planned: Planned['planned'];
  readonly results: ResultsById;
  /** What the ledger listed before or after, by bindingKey. */
  readonly listed: ReadonlyMap<string, LedgerEntry>;
  readonly policyErrors: Round['policyErrors'];
  readonly ownerships: Round['ownerships'];
  /** The bindings that are there after the changes, by bindingKey. */
  readonly after: ReadonlyMap<string, BindingId>;
  /** What failed will be tried again, so that it has not failed yet. */
  readonly isTriedAgain: boolean;
}

export interface SeenAccess {
  readonly grants: readonly GrantState[];
  readonly left: readonly LeftAccess[];
}

/** What the role has now, as it was seen: not what its tags want. */
export const seenAccess = (seen: Seen): SeenAccess => ({
  grants: seen.planned.desired.grants
    .filter((grant) => isBound(seen, grant))
    .map((grant) => seenGrant(seen, grant).state),
  left: leftAccess(seen),
});

/** Made, or in mode dry-run: would be made. */
const isDone = (
  { settings, results }: Pick<Seen, 'settings' | 'results'>,
  { id }: { readonly id: string },
): boolean => writesNothing(settings.mode) || results.get(id)?.kind === 'done';

/** With the bindings that are there after the changes. */
export const seenAfter = (seen: Omit<Seen, 'after'>): Seen => {
  const after = new Map(seen.planned.seen.found);
  for (const change of seen.planned.told) {
    if ((change.kind !== 'bind' && change.kind !== 'unbind') || !isDone(seen, change)) continue;
    const binding = bindingOf(change);
    if (change.kind === 'bind') after.set(bindingKey(binding), binding);
    else after.delete(bindingKey(binding));
  }
  return { ...seen, after };
};

/** When each binding of the role on an account ends, after the changes; undefined if the account cannot be looked at. */
export const endsOn = (seen: Seen, email: string): readonly (Timestamp | undefined)[] | undefined => {
  const resource = serviceAccountResource(email);
  if (seen.policyErrors.has(resource)) return undefined;
  return [...seen.after.values()].flatMap((binding) =>
    binding.resource === resource ? [endOf(binding.condition)] : [],
  );
};

/** Whether this binding is there after the changes. */
export const isThere = ({ after }: Seen, binding: BindingId): boolean => after.has(bindingKey(binding));

const keyOf = ({ settings, planned }: Seen, grant: Grant): string => {
  const condition = grantCondition(grant);
  return bindingKey({
    googleRole: workloadIdentityUser,
    resource: serviceAccountResource(grant.target.email),
    member: memberOf(settings, planned.role.ref),
    ...(condition === undefined ? {} : { condition }),
  });
};

/** Whether the binding that a grant asks for is there. */
export const isBound = (seen: Seen, grant: Grant): boolean => seen.after.has(keyOf(seen, grant));

/** A grant whose binding is there: where its config is, where it is to come, and where it could not be published. */
export const seenGrant = (
  seen: Seen,
  grant: Grant,
): { readonly state: GrantState; readonly failed: readonly FailedPart[] } => {
  const { settings, planned } = seen;
  const name = parameterName(settings.parameterPrefix, planned.role.ref, grant.name);
  const places = settings.regions.map((region) => ({ region, name }));
  const failed = places.flatMap((place) => {
    const failure = failureAt(seen, place);
    return failure === undefined || seen.isTriedAgain ? [] : [{ place, failure }];
  });
  const published = places.filter((place) => isPublished(seen, grant, place));
  const pending = places.filter(
    (place) => !published.includes(place) && !failed.some((one) => one.place === place),
  );
  const since = seen.listed.get(keyOf(seen, grant))?.since;
  return {
    state: {
      grant: grant.name,
      tag: grant.tag,
      rule: grant.rule,
      target: grant.target,
      member: memberOf(settings, planned.role.ref),
      parameters: published,
      ...(pending.length === 0 ? {} : { pending }),
      ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
      ...(since === undefined ? {} : { since }),
    },
    failed: failed.map(({ place, failure }) => ({ part: 'config', ...place, reason: failure.message })),
  };
};

const publishAt = ({ planned }: Seen, place: ParameterPlace) =>
  planned.told.find((change) => change.kind === 'publish' && placeKey(change) === placeKey(place));

const failureAt = (seen: Seen, place: ParameterPlace): Failure | undefined => {
  const change = publishAt(seen, place);
  return change === undefined ? undefined : failureOf(seen.results.get(change.id));
};

/** Whether the grant's config was seen at its place, or is written there now. */
const isPublished = (seen: Seen, grant: Grant, { region, name }: ParameterPlace): boolean => {
  const { settings, planned } = seen;
  const change = publishAt(seen, { region, name });
  if (change !== undefined) return isDone(seen, change);
  const provider = providerOf(settings, planned.role.ref);
  const folder = planned.folders.find((one) => one.region === region && one.path === folderOf(name));
  if (provider === undefined || folder?.kind !== 'read') return false;
  const wanted = JSON.stringify(credentialConfig(settings, provider, grant.target.email));
  return folder.parameters.some(
    (one) => one.name === name && one.type === configType && sameJson(one.value, wanted),
  );
};

/** Access that no tag requests, and that is there or could not be looked at; also where its removal failed. `except`: by bindingKey. */
export const leftAccess = (seen: Seen, except: ReadonlySet<string> = new Set()): readonly LeftAccess[] => {
  const { planned, listed, policyErrors, after } = seen;
  return planned.seen.unwanted.flatMap((binding): readonly LeftAccess[] => {
    const key = bindingKey(binding);
    const isSeen = after.has(key);
    if (except.has(key) || (!isSeen && !policyErrors.has(binding.resource))) return [];
    const [entry, expiresAt] = [listed.get(key), endOf(binding.condition)];
    return [
      {
        grants: entry?.grants ?? [],
        target: { kind: 'serviceAccount', email: emailOfResource(binding.resource) },
        member: binding.member,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(entry === undefined ? {} : { since: entry.since }),
        isSeen,
        reason: whyLeft(seen, binding),
      },
    ];
  });
};

/** What of it this look was not to remove. */
export const stayingAccess = (seen: Seen): readonly LeftAccess[] =>
  leftAccess(
    seen,
    new Set(
      seen.planned.told.flatMap((change) =>
        change.kind === 'unbind' ? [bindingKey(bindingOf(change))] : [],
      ),
    ),
  );

const whyLeft = (seen: Seen, binding: BindingId): string => {
  const { settings, ownerships } = seen;
  const { member } = binding;
  if (settings.mode === 'upsert-only') return 'Mode upsert-only removes no access.';
  const ownership = ownerships.get(poolOfMember(settings, member) ?? '');
  if (ownership?.kind !== 'ours') return 'Its pool is not proven to be ours.';
  const removal = removalOf(seen, binding);
  if (removal === undefined)
    return 'No event names its tag key, and no sweep has released its removal: it is beyond the revocation limit, or no sweep has seen it yet.';
  return ['It was not removed.', failureOf(seen.results.get(removal.id))?.message ?? []].flat().join(' ');
};

const removalOf = ({ planned }: Seen, binding: BindingId): Change | undefined =>
  planned.told.find(
    (change) => change.kind === 'unbind' && bindingKey(bindingOf(change)) === bindingKey(binding),
  );
