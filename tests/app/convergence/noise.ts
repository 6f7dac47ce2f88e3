import type { RoleState } from '../../../shared/core/model.ts';
import { accountId, settings as base, roleRef } from '../../support/settings.ts';
import { accounts, editedByHand, type PolicyEdit } from './by-hand.ts';
import { type Cloud, editByHand, newCloud, putRole, removeRole, sendEvent } from './cloud.ts';
import { bindingOf, bindingsThere } from './compare.ts';
import { busyPolicy, ownPolicy } from './foreign.ts';
import { type Ask, type Intent, wanted } from './intent.ts';

/** What was meant during one epoch, until tags, configuration or time changed. */
interface Epoch {
  readonly roles: Cloud['roles'];
  readonly intent: Intent;
  readonly now: Date;
}

/** The clouds, and what is remembered to judge each binding that appears in them. */
export interface NoisyCloud extends Cloud {
  readonly epochs: Epoch[];
  /** What IAM may still answer about a role, and the epoch in which that was true. */
  readonly stale: Map<string, { readonly state: RoleState; readonly epoch: number }>;
  /** Our bindings as they were after the last edit by anybody. */
  ours: readonly string[];
}

const ownAccount = base.google.serviceAccount;

export const noisyCloud = (maxRevocations: number): NoisyCloud => {
  const intent: Intent = {
    regions: ['us-east-1', 'eu-west-1'],
    prefix: '/google-access',
    formerPrefixes: [],
    projects: ['acme-data', 'acme-apps', 'acme-identity'],
    allow: { emails: accounts, roles: ['reports', 'app.a'] },
    maxRevocations,
  };
  const policies = Object.fromEntries(accounts.map((account) => [account, busyPolicy]));
  const cloud = newCloud(intent, { ...policies, [ownAccount]: ownPolicy });
  const place = 'eu-west-1 /google-access/reports/notes-of-ann';
  cloud.world.parameters.set(place, { value: '{"type":"note"}', description: '' });
  cloud.foreignParameters.set(place, '{"type":"note"}');
  const noisy: NoisyCloud = { ...cloud, epochs: [], stale: new Map(), ours: [] };
  nextEpoch(noisy);
  return noisy;
};

export const epochOf = ({ epochs }: NoisyCloud): number => epochs.length - 1;

/** To be called after anything that changes what is wanted. */
export const nextEpoch = ({ epochs, roles, intent, world }: NoisyCloud): void => {
  epochs.push({ roles: new Map(roles), intent, now: world.now });
};

/** Whether somebody may have had this binding at some moment since then; `started`: the configuration at work. */
export const wasWantedSince = (
  { epochs }: NoisyCloud,
  epoch: number,
  started: Intent,
  binding: string,
): boolean =>
  epochs
    .slice(epoch)
    .some(({ roles, intent, now }) =>
      [intent, started].some((one) => wanted(roles, one, now).map(bindingOf).includes(binding)),
    );

/** One act of somebody who is not rolebridge. */
export type Act =
  | { readonly kind: 'tags'; readonly roleName: string; readonly asks: readonly Ask[]; readonly told: number }
  | { readonly kind: 'delete'; readonly roleName: string; readonly told: number }
  | { readonly kind: 'configure'; readonly intent: Pick<Intent, 'regions' | 'prefix' | 'projects' | 'allow'> }
  | { readonly kind: 'policy'; readonly email: string; readonly edit: PolicyEdit }
  /** Someone removes every item of the ledger's table. */
  | { readonly kind: 'emptyTable' }
  | {
      readonly kind: 'parameter';
      readonly region: string;
      readonly name: string;
      /** @default none: it is deleted */
      readonly value?: string;
      /** @default 'String' */
      readonly type?: string;
    };

const tell = (cloud: NoisyCloud, eventName: string, roleName: string, times: number): void => {
  for (let time = 0; time < times; time += 1) sendEvent(cloud, eventName, roleName);
};

const setTags = (cloud: NoisyCloud, { roleName, asks, told }: Extract<Act, { kind: 'tags' }>): void => {
  const key = roleName.toLowerCase();
  const before = cloud.world.roles.get(`${accountId}/${key}`);
  cloud.stale.set(key, {
    state: before ?? { kind: 'absent', ref: roleRef(roleName) },
    epoch: epochOf(cloud),
  });
  // IAM keeps the spelling that a role was created in.
  const name = before?.ref.roleName ?? roleName;
  putRole(cloud, name, asks, before?.roleId ?? `AROA${cloud.epochs.length}`);
  const kind = asks.length > 0 ? 'TagRole' : 'UntagRole';
  tell(cloud, before === undefined ? 'CreateRole' : kind, name, told);
};

const deleteRole = (cloud: NoisyCloud, { roleName, told }: Extract<Act, { kind: 'delete' }>): void => {
  const key = roleName.toLowerCase();
  const before = cloud.world.roles.get(`${accountId}/${key}`);
  if (before === undefined) return;
  cloud.stale.set(key, { state: before, epoch: epochOf(cloud) });
  removeRole(cloud, roleName);
  tell(cloud, 'DeleteRole', before.ref.roleName, told);
};

/** Whether rolebridge has used it: only there may anyone expect it to clean up after a later configuration. */
const isUsed = ({ world }: NoisyCloud, kind: string, name: string): boolean =>
  world.table.has(`scope ${kind}#${name}`);

/** Whether an emptied table has forgotten what is in use: before that is entered again, nothing may be given up. */
const isForgotten = (cloud: NoisyCloud): boolean => {
  const { regions, prefix, projects } = cloud.intent;
  const isKnown =
    regions.every((name) => isUsed(cloud, 'region', name)) &&
    isUsed(cloud, 'prefix', prefix) &&
    projects.every((name) => isUsed(cloud, 'project', name));
  const hasParameters = [...cloud.world.parameters.values()].some(({ value }) =>
    value.includes('external_account'),
  );
  return !isKnown && (hasParameters || bindingsThere(cloud).length > 0);
};

const configure = (cloud: NoisyCloud, { intent }: Extract<Act, { kind: 'configure' }>): void => {
  if (isForgotten(cloud)) return;
  const former = [...cloud.intent.formerPrefixes, cloud.intent.prefix];
  const formerPrefixes = [...new Set(former)].filter((prefix) => prefix !== intent.prefix);
  cloud.intent = { ...cloud.intent, ...intent, formerPrefixes };
  // IAM lags by seconds; a deployment takes longer.
  cloud.stale.clear();
};

const editPolicy = (cloud: NoisyCloud, { email, edit }: Extract<Act, { kind: 'policy' }>): void => {
  // Where rolebridge does not watch, nobody may expect it to clean up.
  const isWatched = cloud.intent.projects.some(
    (project) => email.includes(`@${project}.`) && isUsed(cloud, 'project', project),
  );
  if (isWatched && !cloud.impossible.has(email))
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
  if (!isWatched) return;
  const place = `${region} ${intent.prefix}/${name}`;
  if (value === undefined) world.parameters.delete(place);
  else world.parameters.set(place, { value, type, description: 'by hand' });
};

/** What only earlier configurations named would be forgotten with it: then a person has to answer (docs/operations.md). */
const emptyTable = (cloud: NoisyCloud): void => {
  const { regions, prefix, projects } = cloud.intent;
  const named = new Set([...regions, prefix, ...projects]);
  const used = [...cloud.world.table.values()].filter(
    ({ pk, sk }) => pk === 'scope' && /^(project|region|prefix)#/.test(sk),
  );
  if (used.every(({ sk }) => named.has(sk.slice(sk.indexOf('#') + 1)))) cloud.world.table.clear();
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
    case 'emptyTable':
      emptyTable(cloud);
      break;
  }
  nextEpoch(cloud);
  cloud.ours = bindingsThere(cloud);
};
