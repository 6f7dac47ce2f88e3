import { driftDetailType } from '../../../shared/core/drift.ts';
import { secondLookBody } from '../../../shared/core/message.ts';
import type { RoleRef, Tag } from '../../../shared/core/model.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Ports } from '../../../shared/ports.ts';
import {
  deleteRole as deleteIamRole,
  type MemoryHooks,
  type MemoryWorld,
  setPolicy,
  setRole,
} from '../../support/memory.ts';
import { settings as base } from '../../support/settings.ts';
import { createWorld } from '../../support/world.ts';
import { type ForeignPolicy, foreignRows, memberText } from './foreign.ts';
import type { GooglePorts } from './google.ts';
import { type HandMade, handMadeFaults, newHandMade, noteEdit, updateHandMade } from './hand-made.ts';
import type { Ask, Intent } from './intent.ts';
import { type RoleId, roleId } from './roles.ts';
import { googleRoles, permissionsOf, type Target, valueOf } from './targets.ts';

export interface QueuedMessage {
  readonly body: string;
  readonly receives: number;
}

/** A call of IAM that an event reported. */
export interface SentCall {
  readonly eventName: string;
  readonly tags: readonly Tag[];
  readonly tagKeys: readonly string[];
}

interface ModelRole {
  /** As IAM spells it. */
  readonly ref: RoleRef;
  readonly asks: readonly Ask[];
  /** Tags that request nothing, or something that no one gets. */
  readonly others?: readonly Tag[];
  /** Its tags before they were last set. */
  readonly before: readonly Tag[];
}

/** Both clouds and the queue between them, plus what their owners meant and what foreigners made. */
export interface Cloud {
  readonly world: MemoryWorld;
  intent: Intent;
  readonly roles: Map<RoleId, ModelRole>;
  /** Messages that no function is processing. */
  readonly queue: QueuedMessage[];
  /** Each policy without our rows, as foreigners left it. */
  readonly foreign: Map<string, string>;
  /** Parameters that belong only to others, by place. */
  readonly foreignParameters: Map<string, string>;
  /** Members that people bound under Google roles. */
  readonly handMade: HandMade;
  /** Members that Google always rejects, and accounts that do not exist: requests for these never succeed. */
  readonly impossible: Set<string>;
  /** Foreign rows that our own writes changed; must stay empty. */
  readonly trespasses: string[];
  /** Messages that were delivered too often. */
  readonly deadLetters: QueuedMessage[];
  events: number;
  /** By caller. */
  readonly calls: Map<string, SentCall>;
  /** Google's side of the ports, if it is not the one in memory. */
  google?: (hooks: MemoryHooks) => GooglePorts;
  /** Anything else that watches a reconciler. */
  around?: (ports: Ports, by: MemoryHooks) => Ports;
  /** Throws if a call into an AWS account fails. */
  failing?: (call: string) => void;
  /** Configurations that functions started with. */
  intentsAtWork?: () => readonly Intent[];
  /** Whether someone removed every item of the ledger's table. */
  isEmptied?: boolean;
  /** Called after every port call that was performed; `by`: the function that made the call. */
  onCall?: (call: string, by: MemoryHooks) => void;
}

export const newCloud = (intent: Intent, policies: Readonly<Record<string, ForeignPolicy>>): Cloud => {
  const cloud: Cloud = {
    world: createWorld({ serviceAccounts: [] }),
    intent,
    roles: new Map(),
    queue: [],
    foreign: new Map(),
    foreignParameters: new Map(),
    handMade: newHandMade(),
    impossible: new Set(),
    trespasses: [],
    deadLetters: [],
    events: 0,
    calls: new Map(),
  };
  for (const googleRole of googleRoles)
    cloud.world.googleRoles.set(googleRole, {
      kind: 'read',
      permissions: permissionsOf(googleRole, 'granted'),
    });
  for (const [name, policy] of Object.entries(policies)) editByHand(cloud, resourceNamed(name), () => policy);
  return cloud;
};

/** An account is named by its e-mail. */
export const resourceNamed = (name: string): string =>
  name.includes('@') ? serviceAccountResource(name) : name;

/**
 * Someone else edits an allow policy. From now on, everything in it that is not ours must stay. `isDisputed`: as in
 * `noteEdit`.
 */
export const editByHand = (
  cloud: Cloud,
  resource: string,
  edit: (policy: ForeignPolicy) => ForeignPolicy,
  isDisputed = false,
): void => {
  const { world, foreign } = cloud;
  const edited = edit(world.policies.get(resource)?.policy ?? {});
  setPolicy(world, resource, edited);
  foreign.set(resource, foreignRows(resource, edited));
  noteEdit(cloud, isDisputed);
};

/** To be called after every port call: did it change anything that is not ours? */
export const watchForeignRows = (cloud: Cloud, call: string): void => {
  const { world, foreign, foreignParameters, trespasses } = cloud;
  if (!/^(set|Put|Delete)/.test(call)) return;
  updateHandMade(cloud, [cloud.intent, ...(cloud.intentsAtWork?.() ?? [])]);
  if (call.startsWith('setIamPolicy'))
    trespasses.push(...handMadeFaults(cloud, call, cloud.isEmptied === true));
  for (const [resource, { policy }] of world.policies)
    if (foreignRows(resource, policy) !== foreign.get(resource))
      trespasses.push(`${call} changed foreign rows of ${resource}`);
  for (const [place, value] of foreignParameters)
    if (world.parameters.get(place)?.value !== value) trespasses.push(`${call} changed ${place}`);
};

export const tagKeyOf = ({ grant }: Ask): string =>
  grant === 'default' ? base.tagKey : `${base.tagKey}/${grant}`;

const tagOf = (ask: Ask) => ({ key: tagKeyOf(ask), value: valueOf(ask) });

/** Creates a role, or sets its tags. */
export const putRole = (
  cloud: Cloud,
  ref: RoleRef,
  asks: readonly Ask[],
  uniqueId = 'AROA1',
  others: readonly Tag[] = [],
): void => {
  const before = tagsOf(cloud, ref);
  cloud.roles.set(roleId(ref), { ref, asks, others, before });
  setRole(cloud.world, ref, [...asks.map(tagOf), ...others], uniqueId);
};

export const removeRole = (cloud: Cloud, ref: RoleRef): void => {
  cloud.roles.delete(roleId(ref));
  deleteIamRole(cloud.world, ref);
};

const tagsOf = (cloud: Cloud, ref: RoleRef): readonly Tag[] => {
  const role = cloud.roles.get(roleId(ref));
  return role === undefined ? [] : [...role.asks.map(tagOf), ...(role.others ?? [])];
};

/**
 * The way CloudTrail and EventBridge deliver it to the queue. Setting some tags and removing others takes two calls
 * of IAM.
 */
export const sendEvent = (cloud: Cloud, eventName: string, ref: RoleRef): void => {
  const tags = tagsOf(cloud, ref);
  const before = cloud.roles.get(roleId(ref))?.before ?? [];
  const tagKeys = before.map(({ key }) => key).filter((key) => !tags.some((one) => one.key === key));
  if (eventName === 'TagRole' && tagKeys.length > 0) send(cloud, 'UntagRole', ref, { tagKeys });
  send(cloud, eventName, ref, eventName === 'UntagRole' ? { tagKeys } : { tags });
};

const send = (
  cloud: Cloud,
  eventName: string,
  { accountId, roleName }: RoleRef,
  named: { readonly tags: readonly Tag[] } | { readonly tagKeys: readonly string[] },
): void => {
  cloud.events += 1;
  // Each event has a caller of its own.
  const caller = `arn:aws:iam::${accountId}:user/caller-${cloud.events}`;
  cloud.calls.set(caller, { eventName, tags: [], tagKeys: [], ...named });
  const detail = {
    eventSource: 'iam.amazonaws.com',
    eventName,
    eventID: `event-${cloud.events}`,
    eventTime: timeOf(cloud),
    recipientAccountId: accountId,
    requestParameters: { roleName, ...named },
    userIdentity: { arn: caller },
  };
  const body = JSON.stringify({ source: 'aws.iam', account: accountId, region: 'us-east-1', detail });
  cloud.queue.push({ body, receives: 0 });
};

/** CloudTrail's times are whole seconds, and not in the order of the queue. */
const timeOf = ({ world: { now: at }, events }: Cloud): string =>
  `${new Date(at.getTime() - ((events * 7) % 5) * 1000).toISOString().slice(0, 19)}Z`;

/** Second looks and drifts that were sent become messages of the queue. */
export const collectMessages = ({ world, queue, events }: Cloud): void => {
  for (const look of world.secondLooks.splice(0)) queue.push({ body: secondLookBody(look), receives: 0 });
  for (const detail of world.drifts.splice(0)) {
    const envelope = { source: 'rolebridge', 'detail-type': driftDetailType, id: `drift-${events}`, detail };
    queue.push({ body: JSON.stringify(envelope), receives: 0 });
  }
};

export const setRejected = (cloud: Cloud, ref: RoleRef): void => {
  cloud.world.rejected.add(memberText(ref.roleName, ref.accountId));
  cloud.impossible.add(roleId(ref));
};

export const removeAccount = (cloud: Cloud, email: Target): void => {
  const resource = serviceAccountResource(email);
  cloud.world.policies.delete(resource);
  cloud.foreign.delete(resource);
  cloud.impossible.add(email);
};
