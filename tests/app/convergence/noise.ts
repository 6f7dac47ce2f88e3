import type { RoleRef } from '../../../shared/core/model.ts';
import { type AdversaryAct, performAdversary } from './adversary.ts';
import { editedByHand, type PolicyEdit } from './by-hand.ts';
import { editByHand, putRole, removeRole } from './cloud.ts';
import { type Ask, accountsOf, type Intent, regionsIn } from './intent.ts';
import {
  bindingsNow,
  isUsed,
  keepStale,
  type NoisyCloud,
  nextEpoch,
  projectIn,
  regionEntry,
  roleAt,
  tell,
  updateLost,
} from './noisy-cloud.ts';
import { updateStandings } from './promises.ts';
import { placeOf, roleId } from './roles.ts';

/** One act of somebody who is not rolebridge. */
export type Act =
  | { readonly kind: 'tags'; readonly role: RoleRef; readonly asks: readonly Ask[]; readonly told: number }
  | { readonly kind: 'delete'; readonly role: RoleRef; readonly told: number }
  | {
      readonly kind: 'configure';
      readonly intent: Pick<Intent, 'members' | 'regions' | 'prefix' | 'projects' | 'allow' | 'hasStatuses'>;
    }
  | { readonly kind: 'policy'; readonly email: string; readonly edit: PolicyEdit }
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

const setTags = (cloud: NoisyCloud, { role, asks, told }: Extract<Act, { kind: 'tags' }>): void => {
  const before = roleAt(cloud, role);
  keepStale(cloud, role);
  // IAM keeps the spelling that a role was created in.
  const ref = before?.ref ?? role;
  const others = before === undefined ? [] : cloud.roles.get(roleId(role))?.others;
  putRole(cloud, ref, asks, before?.roleId ?? `AROA${cloud.epochs.length}`, others);
  const kind = asks.length > 0 ? 'TagRole' : 'UntagRole';
  tell(cloud, before === undefined ? 'CreateRole' : kind, ref, told);
};

const deleteRole = (cloud: NoisyCloud, { role, told }: Extract<Act, { kind: 'delete' }>): void => {
  const before = roleAt(cloud, role);
  if (before === undefined) return;
  keepStale(cloud, role);
  removeRole(cloud, role);
  tell(cloud, 'DeleteRole', before.ref, told);
};

const configure = (cloud: NoisyCloud, { intent }: Extract<Act, { kind: 'configure' }>): void => {
  cloud.acts.add('the configuration changed');
  if (cloud.intent.projects.some((one) => !intent.projects.includes(one)))
    cloud.acts.add('a project dropped');
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

const editPolicy = (cloud: NoisyCloud, { email, edit }: Extract<Act, { kind: 'policy' }>): void => {
  // Where rolebridge never was, nobody may expect it to clean up.
  if (!isUsed(cloud, 'project', projectIn(email)) || cloud.impossible.has(email)) return;
  cloud.acts.add('a policy edited by hand');
  cloud.excuses.add(`account ${email}`);
  editByHand(cloud, email, (policy) => editedByHand(policy, edit));
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
