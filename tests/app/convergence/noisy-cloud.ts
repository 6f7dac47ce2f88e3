import type { RoleRef, RoleState } from '../../../shared/core/model.ts';
import type { AccountRegion } from '../../../shared/core/region.ts';
import { settings as base, accountId as home } from '../../support/settings.ts';
import { type AwsWeather, failInAccount } from './aws-weather.ts';
import { accounts } from './by-hand.ts';
import { type Cloud, newCloud, sendEvent } from './cloud.ts';
import { bindingOf, bindingsThere } from './compare.ts';
import type { Sent } from './facts.ts';
import { busyDirectPolicy, busyPolicy, memberText, ownPolicy } from './foreign.ts';
import { type Google, googlePorts, newGoogle } from './google.ts';
import { updateHandMade } from './hand-made.ts';
import { accountsOf, type Intent, type MemberIntent, regionsIn, wanted } from './intent.ts';
import { type Standing, watchPromises } from './promises.ts';
import { type RoleId, roleId } from './roles.ts';
import { bucket, directTargets, googleRoleIn, type Permitted, resourceOf } from './targets.ts';

/** The intent during one epoch, until tags, configuration or time changed. */
interface Epoch {
  readonly roles: Cloud['roles'];
  readonly intent: Intent;
  readonly now: Date;
}

/** The clouds, plus the history that we need to judge what happens to them. */
export interface NoisyCloud extends Cloud {
  readonly epochs: Epoch[];
  /** Answers that IAM may still give about a role, with the epoch in which each was true. */
  readonly stale: Map<RoleId, { readonly state: RoleState; readonly epoch: number }>;
  /** Our bindings after the last edit by anyone. */
  ours: readonly string[];
  readonly googleState: Google;
  readonly awsWeather: AwsWeather[];
  /** Configs that the functions published and that no one else wrote since. */
  readonly published: Set<string>;
  /** Names of the acts that this history contains. */
  readonly acts: Set<string>;
  /** Reasons why a binding may wait for the sweep: `all`, `role ID`, `account EMAIL`, `aws ACCOUNT`. */
  readonly excuses: Set<string>;
  /** Scope entries that were lost with the table and not entered again: `project#acme-data`. */
  readonly lost: Set<string>;
  /** The adversary's texts in parameters, by place. */
  readonly planted: Map<string, string>;
  /** Bindings that the functions made and that still exist. */
  readonly made: Set<string>;
  /** Accounts that were deleted and came back with their policy. */
  readonly returned: Set<string>;
  /** For each reconciler that is running: everything that existed since it started. */
  readonly standings: Set<Standing>;
  /** Our bindings at the last look, how often each appeared so far, and all outcomes that were sent. */
  there: ReadonlySet<string>;
  readonly lives: Map<string, number>;
  readonly sent: Sent[];
  isEmptied: boolean;
}

export const noisyCloud = (
  maxRevocations: number,
  mode: Intent['mode'] = 'sync',
  members: readonly MemberIntent[] = [],
  hasStatuses = false,
): NoisyCloud => {
  const intent: Intent = {
    regions: ['us-east-1', 'eu-west-1'],
    prefix: '/google-access',
    formerPrefixes: [],
    projects: ['acme-data', 'acme-apps', 'acme-identity'],
    allow: {
      emails: accounts,
      direct: directTargets.slice(0, 4),
      roles: ['reports', 'app.a'],
      ghosts: 'ghost*@acme-data.iam.gserviceaccount.com',
    },
    maxRevocations,
    mode,
    members,
    hasStatuses,
  };
  const policies = Object.fromEntries([
    ...accounts.map((account) => [account, busyPolicy] as const),
    ...directTargets.toReversed().map((target) => {
      const byHand = [memberText('by-hand'), memberText('app.a')];
      return [
        resourceOf(target),
        busyDirectPolicy(resourceOf(target), googleRoleIn(target), byHand),
      ] as const;
    }),
  ]);
  const cloud = newCloud(intent, { ...policies, [base.google.serviceAccount]: ownPolicy });
  const place = 'eu-west-1 /google-access/reports/notes-of-ann';
  cloud.world.parameters.set(place, { value: '{"type":"note"}', description: '' });
  cloud.foreignParameters.set(place, '{"type":"note"}');
  cloud.world.owners.set(bucket, '123456');
  const googleState = newGoogle();
  const awsWeather: AwsWeather[] = [];
  const noisy: NoisyCloud = {
    ...cloud,
    epochs: [],
    stale: new Map(),
    ours: [],
    googleState,
    awsWeather,
    failing: (call) => failInAccount(awsWeather, call),
    published: new Set(),
    google: (hooks) => googlePorts(cloud.world, googleState, hooks),
    acts: new Set(),
    excuses: new Set(),
    lost: new Set(),
    planted: new Map(),
    made: new Set(),
    returned: new Set(),
    standings: new Set(),
    there: new Set(),
    lives: new Map(),
    sent: [],
    isEmptied: false,
  };
  noisy.intentsAtWork = () => [...noisy.standings].map(({ witness }) => witness.started);
  watchPromises(noisy);
  nextEpoch(noisy);
  return noisy;
};

export const epochOf = ({ epochs }: NoisyCloud): number => epochs.length - 1;

/** To be called after any change of the intent. */
export const nextEpoch = (cloud: NoisyCloud): void => {
  const { epochs, roles, intent, world } = cloud;
  epochs.push({ roles: new Map(roles), intent, now: world.now });
  updateHandMade(cloud, [intent, ...[...cloud.standings].map(({ witness }) => witness.started)]);
};

/**
 * Whether someone may have had this binding at some moment since then; `started`: the configuration in use.
 * `counted`: as in the model.
 */
export const wasWantedSince = (
  { epochs }: NoisyCloud,
  epoch: number,
  started: Intent,
  binding: string,
  counted?: readonly Permitted[],
): boolean =>
  epochs
    .slice(epoch)
    .some(({ roles, intent, now }) =>
      [intent, started].some((one) => wanted(roles, one, now, counted).map(bindingOf).includes(binding)),
    );

export const roleAt = ({ world }: NoisyCloud, ref: RoleRef) => world.roles.get(roleId(ref));

/** For a while, IAM may answer with the state until now. */
export const keepStale = (cloud: NoisyCloud, ref: RoleRef): void => {
  cloud.stale.set(roleId(ref), {
    state: roleAt(cloud, ref) ?? { kind: 'absent', ref },
    epoch: epochOf(cloud),
  });
};

/** An event that is lost, delivered once or delivered twice. */
export const deliverEvent = (cloud: NoisyCloud, eventName: string, ref: RoleRef, times: number): void => {
  if (times === 0) cloud.excuses.add(`role ${roleId(ref)}`);
  if (times !== 1) cloud.acts.add(times === 0 ? 'an event was lost' : 'an event came twice');
  for (let time = 0; time < times; time += 1) sendEvent(cloud, eventName, ref);
};

/** Whether rolebridge has used it: otherwise, no one may expect it to clean up there after a later configuration. */
export const isUsed = ({ world }: NoisyCloud, kind: string, name: string): boolean =>
  world.table.has(`scope ${kind}#${name}`);

/** Whether the sweep looks there, because the file or the table names it. */
export const isInScope = (cloud: NoisyCloud, kind: 'project' | 'prefix', name: string): boolean => {
  const { projects, prefix, formerPrefixes } = cloud.intent;
  const named = { project: projects, prefix: [prefix, ...formerPrefixes] }[kind];
  return named.includes(name) || isUsed(cloud, kind, name);
};

/** The table's entry for a region of an AWS account. */
export const regionEntry = ({ accountId, region }: AccountRegion): string =>
  accountId === home ? `region#${region}` : `place#${accountId}/${region}`;

/** Whether the sweep looks through the region: only in accounts that the file names. */
export const isRegionSeen = ({ intent, world }: NoisyCloud, place: AccountRegion): boolean =>
  accountsOf(intent).includes(place.accountId) &&
  (regionsIn(intent, place.accountId).includes(place.region) ||
    world.table.has(`scope ${regionEntry(place)}`));

/** To be called after each step: what was entered again is no longer lost. */
export const updateLost = (cloud: NoisyCloud): void => {
  for (const name of cloud.lost) if (cloud.world.table.has(`scope ${name}`)) cloud.lost.delete(name);
};

export const bindingsNow = (cloud: NoisyCloud): void => {
  cloud.ours = bindingsThere(cloud);
  const there = new Set(cloud.ours);
  for (const binding of cloud.made) if (!there.has(binding)) cloud.made.delete(binding);
};
