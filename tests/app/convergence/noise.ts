import type { RoleRef } from '../../../shared/core/model.ts';
import { type AdversaryAct, performAdversary } from './adversary.ts';
import { editedByHand, type PolicyEdit } from './by-hand.ts';
import { editByHand, putRole, removeRole, resourceNamed } from './cloud.ts';
import { type Ask, accountsOf, type Intent, regionsIn } from './intent.ts';
import {
  bindingsNow,
  deliverEvent,
  isUsed,
  keepStale,
  type NoisyCloud,
  nextEpoch,
  regionEntry,
  roleAt,
  updateLost,
} from './noisy-cloud.ts';
import { updateStandings } from './promises.ts';
import { placeOf, roleId } from './roles.ts';
import { googleRoles, type Permitted, permissionsOf, projectIn, user } from './targets.ts';

/** One act of someone other than rolebridge. */
export type Act =
  | {
      readonly kind: 'tags';
      readonly role: RoleRef;
      readonly asks: readonly Ask[];
      readonly deliveries: number;
    }
  | { readonly kind: 'delete'; readonly role: RoleRef; readonly deliveries: number }
  | {
      readonly kind: 'configure';
      readonly intent: Pick<Intent, 'members' | 'regions' | 'prefix' | 'projects' | 'allow' | 'hasStatuses'>;
    }
  /** `resource`: an account by its e-mail, or anything else by its name. */
  | { readonly kind: 'policy'; readonly resource: string; readonly edit: PolicyEdit }
  /** Google changes the permissions of a Google role. */
  | { readonly kind: 'permissions'; readonly googleRole: string; readonly permitted: Permitted }
  | {
      readonly kind: 'parameter';
      readonly accountId: string;
      readonly region: string;
      readonly name: string;
      /** @default none: it is deleted */
      readonly value?: string;
      /** @default 'String' */
      readonly type?: string;
    }
  | AdversaryAct;

const setTags = (cloud: NoisyCloud, { role, asks, deliveries }: Extract<Act, { kind: 'tags' }>): void => {
  const before = roleAt(cloud, role);
  keepStale(cloud, role);
  // IAM keeps the spelling that a role was created with.
  const ref = before?.ref ?? role;
  const others = before === undefined ? [] : cloud.roles.get(roleId(role))?.others;
  putRole(cloud, ref, asks, before?.roleId ?? `AROA${cloud.epochs.length}`, others);
  const kind = asks.length > 0 ? 'TagRole' : 'UntagRole';
  deliverEvent(cloud, before === undefined ? 'CreateRole' : kind, ref, deliveries);
};

const deleteRole = (cloud: NoisyCloud, { role, deliveries }: Extract<Act, { kind: 'delete' }>): void => {
  const before = roleAt(cloud, role);
  if (before === undefined) return;
  keepStale(cloud, role);
  removeRole(cloud, role);
  deliverEvent(cloud, 'DeleteRole', before.ref, deliveries);
};

const configure = (cloud: NoisyCloud, { intent }: Extract<Act, { kind: 'configure' }>): void => {
  cloud.acts.add('the configuration changed');
  if (cloud.intent.projects.some((one) => !intent.projects.includes(one)))
    cloud.acts.add('a project dropped');
  if (cloud.intent.allow.direct?.some((one) => intent.allow.direct?.includes(one) !== true))
    cloud.acts.add('a rule for a direct grant dropped');
  cloud.excuses.add('all');
  nameAccounts(cloud, intent);
  const former = [...cloud.intent.formerPrefixes, cloud.intent.prefix];
  const formerPrefixes = [...new Set(former)].filter((prefix) => prefix !== intent.prefix);
  cloud.intent = { ...cloud.intent, ...intent, formerPrefixes };
  // IAM lags by seconds; a deployment takes longer.
  cloud.stale.clear();
};

const nameAccounts = (
  { intent: before, acts, awsWeather, world }: NoisyCloud,
  next: Pick<Intent, 'members'>,
) => {
  const accounts = accountsOf(next);
  for (const id of accountsOf(before)) {
    if (accounts.includes(id)) continue;
    const has = [...world.roles.values()].some(({ ref }) => ref.accountId === id);
    const state = awsWeather.some(({ accountId }) => accountId === id)
      ? 'denies us'
      : has
        ? 'has roles'
        : 'has none';
    acts.add(`an AWS account left the file, and ${state}`);
  }
  if (accounts.some((id) => !accountsOf(before).includes(id))) acts.add('an AWS account joined the file');
};

const editPolicy = (cloud: NoisyCloud, { resource, edit }: Extract<Act, { kind: 'policy' }>): void => {
  const isAccount = resource.includes('@');
  // No one may expect rolebridge to clean up where it never was.
  if (isAccount && (!isUsed(cloud, 'project', projectIn(resource)) || cloud.impossible.has(resource))) return;
  cloud.excuses.add(`account ${resource}`);
  const before = cloud.handMade.lines.size;
  editByHand(
    cloud,
    resourceNamed(resource),
    (policy) => editedByHand(policy, edit, isAccount ? [user] : googleRoles),
    cloud.standings.size > 0,
  );
  if (isAccount) cloud.acts.add('a policy edited by hand');
  else if (edit.kind === 'withoutOurs') cloud.acts.add('a policy rewritten from a list of its own');
  else
    cloud.acts.add(
      cloud.handMade.lines.size > before
        ? 'a member bound by hand where no rule was used'
        : 'a policy of a direct grant edited by hand',
    );
};

const setPermissions = (
  cloud: NoisyCloud,
  { googleRole, permitted }: Extract<Act, { kind: 'permissions' }>,
): void => {
  cloud.acts.add(`a Google role with permissions: ${permitted}`);
  cloud.excuses.add(`account ${googleRole}`);
  cloud.intent = { ...cloud.intent, permitted: { ...cloud.intent.permitted, [googleRole]: permitted } };
  cloud.world.googleRoles.set(googleRole, {
    kind: 'read',
    permissions: permissionsOf(googleRole, permitted),
  });
};

const editParameter = (
  cloud: NoisyCloud,
  { accountId, region, name, value, type = 'String' }: Extract<Act, { kind: 'parameter' }>,
): void => {
  const { world, intent } = cloud;
  const isWatched =
    regionsIn(intent, accountId).includes(region) &&
    world.table.has(`scope ${regionEntry({ accountId, region })}`) &&
    isUsed(cloud, 'prefix', intent.prefix);
  const place = placeOf({ accountId, region }, `${intent.prefix}/${name}`);
  if (!isWatched || cloud.foreignParameters.has(place)) return;
  cloud.acts.add('a parameter edited by hand');
  cloud.published.delete(place);
  if (value === undefined) world.parameters.delete(place);
  else world.parameters.set(place, { value, type, description: 'by hand' });
};

export const perform = (cloud: NoisyCloud, act: Act): void => {
  switch (act.kind) {
    case 'tags':
      setTags(cloud, act);
      break;
    case 'delete':
      deleteRole(cloud, act);
      break;
    case 'configure':
      configure(cloud, act);
      break;
    case 'policy':
      editPolicy(cloud, act);
      break;
    case 'parameter':
      editParameter(cloud, act);
      break;
    case 'permissions':
      setPermissions(cloud, act);
      break;
    case 'plant':
    case 'otherTags':
    case 'recreate':
    case 'weather':
    case 'calm':
    case 'awsWeather':
    case 'forge':
    case 'deleteAccount':
    case 'deleteProject':
    case 'comeBack':
    case 'emptyTable':
      performAdversary(cloud, act);
  }
  updateLost(cloud);
  nextEpoch(cloud);
  bindingsNow(cloud);
  updateStandings(cloud);
};
