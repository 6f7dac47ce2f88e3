import type { StoredAnswer } from '../core/answer-item.ts';
import { type GrantParameter, grantParameters, isPublishedAs } from '../core/grant-parameters.ts';
import type { Desired } from '../core/guardrail.ts';
import { grantCondition, holdsBinding, sameCondition } from '../core/iam-policy.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { memberOf } from '../core/member.ts';
import { isDryRun } from '../core/mode.ts';
import { type Grant, type PresentRole, type RoleState, targetText } from '../core/model.ts';
import type { ObservedFolder, ObservedPolicy } from '../core/observed.ts';
import { roleLabel } from '../core/role-argument.ts';
import type { ResourceName } from '../core/service-account.ts';
import { accountIdsOf, regionsOf, type Settings } from '../core/settings.ts';
import { isOurTag, keyOfGrant } from '../core/tags.ts';
import { accessOf, resourceText, siteOf } from '../core/target.ts';
import type { OutcomeEntry } from '../history/entry.ts';

/** The findings of one look at a role. */
export interface Look {
  readonly role: RoleState;
  /** The access that the role's tags ask for, in the light of what it has already. */
  readonly desired: Desired;
  /** The bindings that the ledger lists for the role. */
  readonly entries: readonly LedgerEntry[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy & { readonly reason?: string }>;
  /** The role's own folder in each configured region. */
  readonly folders: readonly (ObservedFolder & { readonly reason?: string })[];
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: StoredAnswer;
  /** Outcomes that the functions logged recently for this role, the oldest first. */
  readonly outcomes: readonly OutcomeEntry[];
}

export type Judgment =
  | { readonly kind: 'done'; readonly grants: readonly GivenGrant[] }
  /** It will not happen without someone's help. `isLagging`: unless IAM's read was older than the tag. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isLagging?: true }
  | { readonly kind: 'waiting'; readonly missing: readonly string[] };

export type GivenGrant = Pick<Grant, 'name' | 'target' | 'expiresAt' | 'clientProject'> & {
  /** With an exchange: why Google's token does not prove this access. */
  readonly unproven?: string;
};

/** Whether a role has what its tags ask for: the named grant, or all of them. */
export const judge = (settings: Settings, look: Look, grantName: string | undefined): Judgment => {
  const asked = askedGrants(settings, look.role, look.desired, grantName);
  if ('kind' in asked) return asked;
  // Access that is still there is about to end.
  if (look.revokeAll !== undefined) return { kind: 'refused', reason: revokedText(look.revokeAll) };
  const missing = asked.grants.flatMap((grant) => missingOf(settings, look, asked.role, grant));
  if (missing.length === 0) return { kind: 'done', grants: asked.grants };
  const obstacle =
    (isDryRun(settings.mode) ? dryRunText : undefined) ??
    asked.grants.map((grant) => failureOf(look.outcomes, grant)).find((reason) => reason !== undefined);
  return obstacle === undefined ? { kind: 'waiting', missing } : { kind: 'refused', reason: obstacle };
};

/** The grants of a role's tags, or why there are none. */
export const askedGrants = (
  settings: Settings,
  role: RoleState,
  desired: Desired,
  grantName: string | undefined,
): { readonly role: PresentRole; readonly grants: readonly Grant[] } | Judgment => {
  const { roleName, accountId } = role.ref;
  if (role.kind === 'absent')
    return {
      kind: 'refused',
      reason: `There is no role ${roleName} in account ${accountId}.`,
      isLagging: true,
    };
  const isAsked = ({ name }: { readonly name: string }): boolean =>
    grantName === undefined || name === grantName;
  const grants = desired.grants.filter(isAsked);
  const refusals = desired.refusals.filter(isAsked);
  // Two tags may name one grant, such as the bare key and `…/default`. One of them is refused, and the grant is made.
  if (refusals.length > 0 && (grantName === undefined || grants.length === 0))
    return { kind: 'refused', reason: refusals.map(({ reason }) => reason).join('\n') };
  if (grants.length > 0) return { role, grants };
  return { kind: 'refused', reason: noTagReason(settings, role, grantName), isLagging: true };
};

const noTagReason = (settings: Settings, { ref, tags }: PresentRole, grantName: string | undefined) => {
  const { tagKey } = settings;
  const key = keyOfGrant(grantName, tagKey);
  const own = tags.map((tag) => tag.key).filter((one) => isOurTag(one, tagKey));
  const others = own.length === 0 ? '' : ` It has ${own.join(', ')}.`;
  return `Role ${roleLabel(accountIdsOf(settings), ref)} has no tag ${key}, so it requests no such access.${others}`;
};

/** Everything that one grant still lacks: its place in the ledger, its binding, or its config in a region. */
const missingOf = (settings: Settings, look: Look, role: PresentRole, grant: Grant): readonly string[] => {
  const { googleRole, resource } = siteOf(grant.target);
  const where = resourceText(resource);
  const condition = grantCondition(grant);
  const binding = {
    googleRole,
    member: memberOf(settings, role.ref),
    ...(condition === undefined ? {} : { condition }),
  };
  const isListed = look.entries.some(
    (entry) =>
      accessOf(entry) === accessOf({ googleRole, resource }) &&
      entry.member === binding.member &&
      sameCondition(entry.condition, condition),
  );
  const policy = look.policies.get(resource);
  return [
    ...(isListed ? [] : [`The ledger does not list the grant ${grant.name} on ${where} yet.`]),
    ...(policy?.kind === 'read'
      ? holdsBinding(policy.policy, binding)
        ? []
        : [`The allow policy of ${where} has no binding of the role yet.`]
      : [`The allow policy of ${where} could not be read: ${policy?.reason ?? 'no answer'}`]),
    ...missingConfigs(settings, look.folders, role, grant),
  ];
};

/** Regions that lack the grant's config, or have another one. */
export const missingConfigs = (
  settings: Settings,
  folders: Look['folders'],
  { ref }: Pick<RoleState, 'ref'>,
  grant: GivenGrant,
): readonly string[] =>
  regionsOf(settings, ref.accountId).flatMap((region) =>
    grantParameters(settings, ref, grant).flatMap((wanted) => missingParameter(folders, region, wanted)),
  );

const missingParameter = (
  folders: Look['folders'],
  region: string,
  wanted: GrantParameter,
): readonly string[] => {
  const { name } = wanted;
  const folder = folders.find((one) => one.region === region);
  if (folder?.kind !== 'read')
    return [`${name} in ${region} could not be read: ${folder?.reason ?? 'no answer'}`];
  const found = folder.parameters.find((one) => one.name === name);
  if (found === undefined) return [`${name} is not published in ${region} yet.`];
  return isPublishedAs(wanted, found) ? [] : [`${name} in ${region} differs from the expected config.`];
};

const dryRunText = 'rolebridge.yml sets mode: dry-run, so the functions write nothing.';

const revokedText = ({ answeredBy, at }: StoredAnswer): string =>
  `Nothing is granted since ${answeredBy} asked for everything to be removed (rolebridge revoke --all, ${at}). "rolebridge resume" ends that.`;

/**
 * Why the functions failed to give this very access, if that is their latest outcome: the account's owner has not opted in, or
 * the account does not exist. They report a failure only if trying again does not help. A failure to end access names no tag.
 */
const failureOf = (outcomes: readonly OutcomeEntry[], grant: Grant): string | undefined => {
  const latest = outcomes.findLast((one) => one.grant === grant.name);
  return latest?.result === 'Failed' &&
    latest.tagValue === grant.tag.value &&
    latest.target === targetText(grant.target) &&
    latest.expiresAt === grant.expiresAt
    ? `The functions could not give the grant ${grant.name} (${latest.at}): ${latest.reason ?? 'no reason given'}`
    : undefined;
};
