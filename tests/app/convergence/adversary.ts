import type { RoleRef, Tag } from '../../../shared/core/model.ts';
import { emailOfResource, serviceAccountResource } from '../../../shared/core/service-account.ts';
import { settings as base } from '../../support/settings.ts';
import type { AwsWeather } from './aws-weather.ts';
import { editByHand, putRole, removeRole } from './cloud.ts';
import { isProject } from './compare.ts';
import { busyPolicy, foreignRows } from './foreign.ts';
import { type Forgery, forgedBody } from './forged-events.ts';
import type { Weather } from './google.ts';
import type { AnswerName } from './google-answers.ts';
import { forgetHandMade } from './hand-made.ts';
import type { Ask } from './intent.ts';
import { deliverEvent, isInScope, keepStale, type NoisyCloud, roleAt } from './noisy-cloud.ts';
import { roleId } from './roles.ts';
import { isDirect, namesOf, projectIn, type Target } from './targets.ts';

/** Everything the adversary does, and everything that happens at Google. */
export type AdversaryAct =
  /** Any parameter below a prefix, with any value; no value deletes it. Types of parameters are part of this, too. */
  | { readonly kind: 'plant'; readonly place: string; readonly what: string; readonly value?: string }
  | {
      readonly kind: 'otherTags';
      readonly role: RoleRef;
      readonly others: readonly Tag[];
      readonly deliveries: number;
    }
  /** Deletes a role and re-creates it under another casing of its name. */
  | {
      readonly kind: 'recreate';
      readonly role: RoleRef;
      readonly asks: readonly Ask[];
      readonly deliveries: number;
    }
  | { readonly kind: 'weather'; readonly weather: Weather }
  | { readonly kind: 'calm' }
  | { readonly kind: 'deleteAccount'; readonly email: string }
  | { readonly kind: 'comeBack'; readonly how: 'as it was' | 'new' }
  | { readonly kind: 'deleteProject'; readonly project: string; readonly answer: AnswerName }
  | { readonly kind: 'awsWeather'; readonly weather: AwsWeather }
  | { readonly kind: 'forge'; readonly forgery: Forgery }
  /** Someone removes every item of the ledger's table. */
  | { readonly kind: 'emptyTable' };

const isOurConfig = (place: string, value: string): boolean =>
  (value.includes('external_account') && value.includes(`/workloadIdentityPools/${base.google.pool}/`)) ||
  isProject(place, value);

/** Names that a tag may request one day: anyone who writes a parameter there loses it then. */
const isAskable = (name: string): boolean => /\/(default|night|n\d+)(\.status|\.project)?$/.test(name);

const plant = (cloud: NoisyCloud, { place, what, value }: Extract<AdversaryAct, { kind: 'plant' }>): void => {
  const { parameters } = cloud.world;
  cloud.acts.add(`a parameter: ${what}`);
  cloud.foreignParameters.delete(place);
  cloud.planted.delete(place);
  cloud.published.delete(place);
  if (value === undefined) {
    parameters.delete(place);
    return;
  }
  parameters.set(place, { value, description: 'by hand' });
  cloud.planted.set(place, value);
  if (!isOurConfig(place, value) && !isAskable(place)) cloud.foreignParameters.set(place, value);
};

/** IAM allows 50 tags, and no two keys that differ in case alone. */
const maxTags = 50;

const setOtherTags = (
  cloud: NoisyCloud,
  { role, others, deliveries }: Extract<AdversaryAct, { kind: 'otherTags' }>,
): void => {
  const before = roleAt(cloud, role);
  if (before === undefined) return;
  cloud.acts.add(others.length > 10 ? 'tags for 50 accounts that do not exist' : 'tags with foreign keys');
  keepStale(cloud, role);
  const asks = cloud.roles.get(roleId(role))?.asks ?? [];
  putRole(cloud, before.ref, asks, before.roleId, others.slice(0, maxTags - asks.length));
  deliverEvent(cloud, 'TagRole', before.ref, deliveries);
};

const otherCasing = (name: string): string =>
  name === name.toLowerCase() ? name.replace(/^./, (letter) => letter.toUpperCase()) : name.toLowerCase();

const recreate = (
  cloud: NoisyCloud,
  { role, asks, deliveries }: Extract<AdversaryAct, { kind: 'recreate' }>,
): void => {
  const before = roleAt(cloud, role);
  if (before === undefined) return;
  cloud.acts.add('a role re-created in another casing');
  keepStale(cloud, role);
  removeRole(cloud, role);
  const ref = { ...role, roleName: otherCasing(before.ref.roleName) };
  putRole(cloud, ref, asks, `AROA${cloud.epochs.length}`);
  // DeleteRole may name the role in any casing.
  deliverEvent(cloud, 'DeleteRole', { ...role, roleName: role.roleName.toUpperCase() }, deliveries);
  deliverEvent(cloud, 'CreateRole', ref, deliveries);
};

const setWeather = ({ googleState, excuses, acts }: NoisyCloud, weather: Weather): void => {
  acts.add(`Google answers ${weather.answer}`);
  excuses.add(`account ${weather.about}`);
  googleState.weather.push({ ...weather });
};

const setAwsWeather = ({ awsWeather, excuses, acts }: NoisyCloud, weather: AwsWeather): void => {
  acts.add(`an AWS account: ${weather.answer} to ${weather.on}`);
  excuses.add(`aws ${weather.accountId}`);
  awsWeather.push({ ...weather });
};

const forge = ({ queue, acts }: NoisyCloud, forgery: Forgery): void => {
  acts.add(`a forged event that ${forgery.how}`);
  queue.push({ body: forgedBody(forgery), receives: 0 });
};

const deleteAccount = (cloud: NoisyCloud, email: string): void => {
  const resource = serviceAccountResource(email);
  const stored = cloud.world.policies.get(resource);
  if (stored === undefined) return;
  cloud.acts.add('an account deleted');
  cloud.excuses.add(`account ${email}`);
  cloud.googleState.deletedAccounts.set(resource, stored);
  cloud.world.policies.delete(resource);
  cloud.foreign.delete(resource);
  cloud.impossible.add(email);
};

/** All accounts that were deleted come back, with their policies or without, and so do all projects. */
const comeBack = (cloud: NoisyCloud, how: 'as it was' | 'new'): void => {
  const { world, googleState, foreign, acts } = cloud;
  if (googleState.deletedProjects.size > 0) acts.add('a project came back');
  googleState.deletedProjects.clear();
  for (const [resource, { policy, revision }] of googleState.deletedAccounts) {
    acts.add(`an account came back ${how}`);
    const email = emailOfResource(resource);
    cloud.impossible.delete(email);
    // No etag is used twice.
    world.policies.set(resource, { policy: how === 'new' ? {} : policy, revision: revision + 1000 });
    foreign.set(resource, foreignRows(resource, policy));
    if (how === 'new') editByHand(cloud, resource, () => busyPolicy);
    else cloud.returned.add(email);
  }
  googleState.deletedAccounts.clear();
};

const deleteProject = (
  { googleState, excuses, acts }: NoisyCloud,
  { project, answer }: Extract<AdversaryAct, { kind: 'deleteProject' }>,
): void => {
  acts.add('a project deleted');
  excuses.add(`account ${project}`);
  googleState.deletedProjects.set(project, answer);
};

/**
 * Once. Everything that only earlier configurations named is forgotten with it: then a person has to answer
 * (docs/operations.md).
 */
const emptyTable = (cloud: NoisyCloud): void => {
  const { table } = cloud.world;
  if (cloud.isEmptied || table.size === 0) return;
  cloud.isEmptied = true;
  cloud.excuses.add('all');
  cloud.acts.add('the table emptied');
  for (const { pk, sk } of table.values())
    if (pk === 'scope' && /^(project|region|place|prefix)#/.test(sk)) cloud.lost.add(sk);
  table.clear();
  forgetHandMade(cloud);
  const isDropped = (entry: string): boolean => {
    const [kind, name = ''] = entry.split('#');
    return kind === 'project' && !isInScope(cloud, 'project', name);
  };
  if ([...cloud.lost].some(isDropped)) cloud.acts.add('the table emptied after a project was dropped');
};

/** Whether Google lets rolebridge see and edit a target, with everything that we may ask about it. */
export const isClear = ({ googleState }: NoisyCloud, target: Target): boolean =>
  !googleState.deletedProjects.has(projectIn(target)) &&
  (isDirect(target) || !googleState.deletedAccounts.has(serviceAccountResource(target))) &&
  googleState.weather.every(({ about }) => !namesOf(target).includes(about));

/** Google and AWS answer truthfully again, and deleted projects are back. */
export const calmDown = ({ googleState, awsWeather }: NoisyCloud): void => {
  awsWeather.length = 0;
  googleState.weather.length = 0;
  googleState.deletedProjects.clear();
};

export const performAdversary = (cloud: NoisyCloud, act: AdversaryAct): void => {
  switch (act.kind) {
    case 'plant':
      return plant(cloud, act);
    case 'otherTags':
      return setOtherTags(cloud, act);
    case 'recreate':
      return recreate(cloud, act);
    case 'weather':
      return setWeather(cloud, act.weather);
    case 'calm':
      return calmDown(cloud);
    case 'awsWeather':
      return setAwsWeather(cloud, act.weather);
    case 'forge':
      return forge(cloud, act.forgery);
    case 'deleteAccount':
      return deleteAccount(cloud, act.email);
    case 'deleteProject':
      return deleteProject(cloud, act);
    case 'comeBack':
      return comeBack(cloud, act.how);
    case 'emptyTable':
      return emptyTable(cloud);
  }
};
