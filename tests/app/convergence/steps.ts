import type { RoleRef } from '../../../shared/core/model.ts';
import type { Ports } from '../../../shared/ports.ts';
import type { AwsWeather } from './aws-weather.ts';
import { collectMessages } from './cloud.ts';
import { bindingsThere, lineTarget, placesOf } from './compare.ts';
import { type DirectStep, playDirect } from './direct-steps.ts';
import { updateHandMade } from './hand-made.ts';
import { startReconcile, startSweep, sweepAndRepair } from './invoke.ts';
import { drainAll, isRough } from './judge.ts';
import { hasEnded } from './limits.ts';
import { type Act, perform } from './noise.ts';
import {
  bindingsNow,
  epochOf,
  type NoisyCloud,
  nextEpoch,
  updateLost,
  wasWantedSince,
} from './noisy-cloud.ts';
import { roleId, roleIn } from './roles.ts';
import type { Target } from './targets.ts';
import { type Fault, newTurns, startActor, type Turns, takeTurns, type Waiting } from './turns.ts';

/** A participant in a scene. `picks` chooses the messages of the queue that a reconciler gets. */
export type Part =
  | {
      readonly kind: 'reconcile';
      readonly picks: readonly number[];
      readonly isStale: boolean;
      /** It gets its messages only when its first turn comes. */
      readonly isLate?: true;
    }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'act'; readonly act: Act };

export type Step =
  | DirectStep
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'wait'; readonly minutes: number }
  /**
   * A role gets access, and loses it while the function that grants it is running: `before` and `between` are the
   * number of calls of the first function before that happens, and the number of calls that the second one makes
   * then. The first dies at a call.
   */
  | {
      readonly kind: 'duel';
      readonly role: RoleRef;
      readonly target: Target;
      readonly before: number;
      readonly between: number;
      readonly fault: Fault;
      readonly at: number;
    }
  /** A role loses its access while its folders cannot be read, for a number of calls. */
  | {
      readonly kind: 'unreadableFolders';
      readonly role: RoleRef;
      readonly target: Target;
      readonly calls: number;
    }
  /** The queue is emptied, and perhaps one sweep and its repairs follow. */
  | { readonly kind: 'quiet'; readonly isSwept: boolean }
  /**
   * All at the same time: `order` gives the turns and the number of calls in each, plus the faults and the calls that
   * they hit.
   */
  | {
      readonly kind: 'scene';
      readonly parts: readonly Part[];
      readonly order: readonly (readonly [who: number, calls: number])[];
      readonly faults: readonly (readonly [call: number, fault: Fault])[];
    };

/**
 * The safety property: if a function adds a binding, the binding was wanted when it started, or at some moment since. Where a role has
 * access, its end may change even if the Google role could not be granted now.
 */
const startNoisyReconcile = (
  cloud: NoisyCloud,
  turns: Turns,
  name: string,
  { picks, isStale }: Extract<Part, { kind: 'reconcile' }>,
): void => {
  const batch = picks.flatMap((pick) => cloud.queue.splice(pick % Math.max(1, cloud.queue.length), 1));
  let since = epochOf(cloud);
  const started = cloud.intent;
  const watch = (call: string): void => {
    if (!call.startsWith('setIamPolicy')) return;
    for (const binding of bindingsThere(cloud)) {
      if (cloud.ours.includes(binding)) continue;
      const isThere = cloud.ours.some(
        (other) =>
          lineTarget(other) === lineTarget(binding) &&
          roleIn(other) === roleIn(binding) &&
          !hasEnded(other, cloud.world.now),
      );
      if (!wasWantedSince(cloud, since, started, binding, isThere ? ['granted', 'unknown'] : ['granted']))
        cloud.trespasses.push(`${name} bound what nobody had asked for since it started: ${binding}`);
    }
  };
  const around = (ports: Ports): Ports => ({
    ...ports,
    roles: {
      read: async (ref) => {
        const fresh = await ports.roles.read(ref);
        const old = isStale ? cloud.stale.get(roleId(ref)) : undefined;
        if (old === undefined) return fresh;
        since = Math.min(since, old.epoch);
        // It may correct the casing of a member for a tag that is gone by now.
        for (const { roles } of cloud.epochs.slice(old.epoch)) updateHandMade(cloud, [started], roles);
        cloud.acts.add('IAM answered what was true before');
        cloud.excuses.add(`role ${roleId(ref)}`);
        return old.state;
      },
    },
  });
  startReconcile(cloud, turns, name, batch, { around, watch });
};

const startPart = (cloud: NoisyCloud, turns: Turns, part: Part, name: string): void => {
  switch (part.kind) {
    case 'reconcile':
      if (part.isLate !== true) startNoisyReconcile(cloud, turns, name, part);
      else
        startActor(turns, `act receive ${name}`, async ({ before }) => {
          await before('ReceiveMessage');
          startNoisyReconcile(cloud, turns, name, part);
        });
      break;
    case 'sweep':
      startSweep(cloud, turns, undefined, undefined, name);
      break;
    case 'act':
      startActor(turns, name, async ({ before }) => {
        await before('act');
        perform(cloud, part.act);
      });
      break;
  }
};

/** Follows the order; when it is used up, first come, first served. */
const chooserOf = (order: Extract<Step, { kind: 'scene' }>['order']) => {
  let [at, left] = [0, order[0]?.[1] ?? 0];
  return (waiting: readonly Waiting[]): number => {
    while (left === 0 && at < order.length) {
      at += 1;
      left = order[at]?.[1] ?? 0;
    }
    const who = order[at]?.[0];
    if (who === undefined) return 0;
    left -= 1;
    const names = [...new Set(waiting.map(({ actor }) => actor.name))].toSorted();
    const name = names[who % names.length];
    return waiting.findIndex(({ actor }) => actor.name === name);
  };
};

const playScene = async (cloud: NoisyCloud, { parts, order, faults }: Extract<Step, { kind: 'scene' }>) => {
  collectMessages(cloud);
  const turns = newTurns((call, { name }) =>
    name.startsWith('act') ? undefined : faults.find(([at]) => at === call)?.[1],
  );
  for (const [index, part] of parts.entries()) startPart(cloud, turns, part, `${part.kind} ${index}`);
  await takeTurns(turns, chooserOf(order));
  if (faults.some(([at]) => at < turns.calls)) cloud.acts.add('a call failed, or a function was killed');
  cloud.standings.clear();
  bindingsNow(cloud);
  updateLost(cloud);
};

const playDuel = async (
  cloud: NoisyCloud,
  { role, target, before, between, fault, at }: Extract<Step, { kind: 'duel' }>,
): Promise<void> => {
  await drainAll(cloud);
  cloud.acts.add('access that goes while it is granted');
  perform(cloud, { kind: 'tags', role, asks: [{ grant: 'default', target }], deliveries: 1 });
  const untag: Act = { kind: 'tags', role, asks: [], deliveries: 1 };
  await playScene(cloud, {
    kind: 'scene',
    parts: [
      { kind: 'reconcile', picks: [0], isStale: false },
      { kind: 'act', act: untag },
      { kind: 'reconcile', picks: [0], isStale: false, isLate: true },
    ],
    // Names in order: the act, the late one, the first; then the first and the second.
    order: [
      [2, before],
      [0, 1],
      [0, 1],
      [1, between],
    ],
    faults: [[before + 2 + between + at, fault]],
  });
};

const playUnreadableFolders = async (
  cloud: NoisyCloud,
  { role, target, calls }: Extract<Step, { kind: 'unreadableFolders' }>,
): Promise<void> => {
  const ask = { grant: 'default', target };
  perform(cloud, { kind: 'tags', role, asks: [ask], deliveries: 1 });
  await drainAll(cloud);
  const isFair = cloud.intent.mode === 'sync' && !isRough(cloud);
  const weather: AwsWeather = {
    accountId: role.accountId,
    on: 'folders',
    answer: 'no answer',
    skip: 0,
    calls,
  };
  cloud.awsWeather.push(weather);
  perform(cloud, { kind: 'tags', role, asks: [], deliveries: 1 });
  await drainAll(cloud);
  const index = cloud.awsWeather.indexOf(weather);
  if (index >= 0) cloud.awsWeather.splice(index, 1);
  if (isFair && weather.calls === 0) {
    cloud.acts.add('access that goes while its folders cannot be read');
    for (const place of placesOf(cloud, { role, ...ask }))
      if (cloud.published.has(place) && cloud.world.parameters.has(place))
        cloud.trespasses.push(`an unreadable folder was taken for an empty one: ${place} is still there`);
  }
};

export const takeStep = async (cloud: NoisyCloud, step: Step): Promise<void> => {
  switch (step.kind) {
    case 'act':
      perform(cloud, step.act);
      return;
    case 'wait':
      cloud.world.now = new Date(cloud.world.now.getTime() + step.minutes * 60_000);
      cloud.stale.clear();
      nextEpoch(cloud);
      return;
    case 'quiet':
      await drainAll(cloud);
      if (step.isSwept) await sweepAndRepair(cloud, newTurns(), false);
      cloud.standings.clear();
      updateLost(cloud);
      nextEpoch(cloud);
      return;
    case 'duel':
      await playDuel(cloud, step);
      return;
    case 'unreadableFolders':
      await playUnreadableFolders(cloud, step);
      return;
    case 'drain':
    case 'adopt':
      await playDirect(cloud, step);
      return;
    case 'scene':
      await playScene(cloud, step);
  }
};
