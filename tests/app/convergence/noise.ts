import { type AdversaryAct, performAdversary } from './adversary.ts';
import { editedByHand, type PolicyEdit } from './by-hand.ts';
import { editByHand, putRole, removeRole } from './cloud.ts';
import type { Ask, Intent } from './intent.ts';
import {
  bindingsNow,
  isUsed,
  keepStale,
  type NoisyCloud,
  nextEpoch,
  projectIn,
  roleAt,
  tell,
  updateLost,
} from './noisy-cloud.ts';
import { updateStandings } from './promises.ts';

/** One act of somebody who is not rolebridge. */
export type Act =
  | { readonly kind: 'tags'; readonly roleName: string; readonly asks: readonly Ask[]; readonly told: number }
  | { readonly kind: 'delete'; readonly roleName: string; readonly told: number }
  | { readonly kind: 'configure'; readonly intent: Pick<Intent, 'regions' | 'prefix' | 'projects' | 'allow'> }
  | { readonly kind: 'policy'; readonly email: string; readonly edit: PolicyEdit }
  | {
      readonly kind: 'parameter';
      readonly region: string;
      readonly name: string;
      /** @default none: it is deleted */
      readonly value?: string;
      /** @default 'String' */
      readonly type?: string;
    }
  | AdversaryAct;

const setTags = (cloud: NoisyCloud, { roleName, asks, told }: Extract<Act, { kind: 'tags' }>): void => {
  const before = roleAt(cloud, roleName);
  keepStale(cloud, roleName);
  // IAM keeps the spelling that a role was created in.
  const name = before?.ref.roleName ?? roleName;
  const others = before === undefined ? [] : cloud.roles.get(roleName.toLowerCase())?.others;
  putRole(cloud, name, asks, before?.roleId ?? `AROA${cloud.epochs.length}`, others);
  const kind = asks.length > 0 ? 'TagRole' : 'UntagRole';
  tell(cloud, before === undefined ? 'CreateRole' : kind, name, told);
};

const deleteRole = (cloud: NoisyCloud, { roleName, told }: Extract<Act, { kind: 'delete' }>): void => {
  const before = roleAt(cloud, roleName);
  if (before === undefined) return;
  keepStale(cloud, roleName);
  removeRole(cloud, roleName);
  tell(cloud, 'DeleteRole', before.ref.roleName, told);
};

const configure = (cloud: NoisyCloud, { intent }: Extract<Act, { kind: 'configure' }>): void => {
  cloud.acts.add('the configuration changed');
  if (cloud.intent.projects.some((one) => !intent.projects.includes(one)))
    cloud.acts.add('a project dropped');
  cloud.excuses.add('all');
  const former = [...cloud.intent.formerPrefixes, cloud.intent.prefix];
  const formerPrefixes = [...new Set(former)].filter((prefix) => prefix !== intent.prefix);
  cloud.intent = { ...cloud.intent, ...intent, formerPrefixes };
  // IAM lags by seconds; a deployment takes longer.
  cloud.stale.clear();
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
  { region, name, value, type = 'String' }: Extract<Act, { kind: 'parameter' }>,
): void => {
  const { world, intent } = cloud;
  const isWatched =
    intent.regions.includes(region) &&
    isUsed(cloud, 'region', region) &&
    isUsed(cloud, 'prefix', intent.prefix);
  const place = `${region} ${intent.prefix}/${name}`;
  if (!isWatched || cloud.foreignParameters.has(place)) return;
  cloud.acts.add('a parameter edited by hand');
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
