import { roleOfMember } from '../../core/member.ts';
import { canRevoke } from '../../core/mode.ts';
import { markerOf, ownerText, type PoolMarker, unmarkedDescription } from '../../core/ownership.ts';
import { serviceAccountResource } from '../../core/service-account.ts';
import { fileSites } from '../../core/settings.ts';
import { accessOf, workloadIdentityUser } from '../../core/target.ts';
import { type PoolUse, usesOfPool } from '../broken-uses.ts';
import { quotedOrNone } from '../plan-pool.ts';
import { resourceLabel } from '../resource-label.ts';
import { lastOf } from '../step.ts';
import type { ObservedUndo } from './observe.ts';
import type { UndoScope } from './scope.ts';
import { mergeUndo, type UndoPlan, undoPart } from './step.ts';

/** Plans the end of the pool: deleted if it is ours, left without our marker if it was adopted, and otherwise left as it is. */
export const planUndoPool = (scope: UndoScope, observed: ObservedUndo): UndoPlan => {
  const { pool } = observed;
  const [bound, foreign] = usesIn(scope, observed);
  if (pool.kind === 'absent') return undoPart({ warnings: bound.map(leftOver) });
  const marker = markerOf(pool.description, scope.owner);
  if (marker.kind === 'another') return undoPart({ refusals: [anothers(scope, marker.owner)] });
  if (marker.kind === 'ours' && !marker.isAdopted)
    return mergeUndo([
      refuseBound(scope, bound),
      undoPart({ refusals: foreign.map((use) => foreignUse(scope, use)) }),
      pool.isDeleted ? undoPart({}) : planDeletion(scope, observed),
    ]);
  return mergeUndo([
    // In an adopted pool, a mode that revokes treats every member as ours.
    marker.kind === 'ours' && canRevoke(scope.settings.mode)
      ? refuseBound(scope, bound)
      : undoPart({ warnings: bound.map(leftOver) }),
    planKept(scope, pool, marker),
  ]);
};

/** Members of the pool in the policies: those that rolebridge binds, and any others. Without our functions' own. */
const usesIn = (
  { settings, pool, isFunctionMember }: UndoScope,
  { policies }: ObservedUndo,
): readonly [bound: readonly PoolUse[], foreign: readonly PoolUse[]] => {
  const own = serviceAccountResource(settings.google.serviceAccount);
  const uses = [...policies]
    .flatMap(([resource, policy]) => usesOfPool(pool, resource, policy))
    .filter(
      ({ resource, role, member }) => !(resource === own && isActing(role) && isFunctionMember(member)),
    );
  const sites = new Set(fileSites(settings).map(accessOf));
  const isBound = ({ resource, role, member }: PoolUse): boolean =>
    (isActing(role) || sites.has(accessOf({ googleRole: role, resource }))) &&
    roleOfMember(settings, member) !== undefined;
  return [uses.filter(isBound), uses.filter((use) => !isBound(use))];
};

const isActing = (role: string): boolean => role === workloadIdentityUser;

const refuseBound = ({ settings, commands }: UndoScope, bound: readonly PoolUse[]): UndoPlan => {
  const how = canRevoke(settings.mode)
    ? `Revoke it first: ${commands.revokeAll}`
    : `Mode ${settings.mode} revokes nothing: set mode: sync in rolebridge.yml, and then revoke it: ${commands.revokeAll}`;
  return undoPart({
    refusals: bound.map((use) => `${useText(use)}: this access would be left behind. ${how}`),
  });
};

const useText = ({ member, role, resource }: PoolUse): string =>
  `${member} has ${role} on ${resourceLabel(resource)}`;

const leftOver = (use: PoolUse): string =>
  `${useText(use)}. It stays, because the pool does not show whether rolebridge made it. If no one needs it, remove it by hand.`;

const foreignUse = ({ pool }: UndoScope, use: PoolUse): string =>
  `${useText(use)}, which rolebridge did not grant: that access would end with pool ${lastOf(pool)}. Remove it by hand, or move it to another pool.`;

const anothers = ({ pool, owner }: UndoScope, other: string): string =>
  `Pool ${lastOf(pool)} belongs to rolebridge of ${other} (AWS account and stage), and this is ${ownerText(owner)}. Pass its --stage, or correct google.pool in rolebridge.yml.`;

/** A provider that rolebridge.yml does not name may be someone else's, and would be deleted with the pool. */
const planDeletion = ({ settings, pool }: UndoScope, { providers }: ObservedUndo): UndoPlan => {
  const ids = providers.map(lastOf);
  const others = ids.filter((id) => !settings.accounts.some(({ provider }) => provider === id));
  const { project } = settings.google;
  return others.length === 0
    ? undoPart({ steps: [{ kind: 'deletePool', name: pool, providers: ids }] })
    : undoPart({
        warnings: [
          `Pool ${lastOf(pool)} stays, because rolebridge.yml does not name all of its providers: ${others.join(', ')}. If no one needs them: gcloud iam workload-identity-pools delete ${lastOf(pool)} --project ${project} --location global`,
        ],
      });
};

const planKept = (
  { pool: name, owner, settings: { google } }: UndoScope,
  { description: before, isDeleted }: { readonly description: string; readonly isDeleted: boolean },
  marker: Exclude<PoolMarker, { readonly kind: 'another' }>,
): UndoPlan => {
  if (isDeleted) return undoPart({});
  if (marker.kind === 'ours')
    return undoPart({
      steps: [{ kind: 'unmarkPool', name, description: unmarkedDescription(before, owner), before }],
      warnings: [
        `Pool ${lastOf(name)} and its providers stay, because setup adopted the pool and others may use it. The mappings that setup corrected stay, too.`,
      ],
    });
  return undoPart({
    warnings: [
      `Pool ${lastOf(name)} stays, because no marker shows that this deployment created it (its description: ${quotedOrNone(before)}). If no one uses it: gcloud iam workload-identity-pools delete ${lastOf(name)} --project ${google.project} --location global`,
    ],
  });
};
