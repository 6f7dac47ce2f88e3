import { reconcile } from '../../../shared/app/reconcile.ts';
import { deliveryOf, requestOf } from '../../../shared/app/role-run.ts';
import { type SweepReport, sweep } from '../../../shared/app/sweep.ts';
import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import { roleKey } from '../../../shared/core/role-key.ts';
import { accountIdsOf, type Settings } from '../../../shared/core/settings.ts';
import type { GivenAnswer } from '../../../shared/core/sweep-request.ts';
import type { Ports, SweepPorts } from '../../../shared/ports.ts';
import { type MemoryHooks, memoryPorts, memorySweepPorts } from '../../support/memory.ts';
import { approval } from '../../support/sweeping.ts';
import { type Cloud, collectMessages, type QueuedMessage, watchForeignRows } from './cloud.ts';
import { settingsOf } from './intent.ts';
import { overLimit, revokedThoughAsked, watchRemovals } from './limits.ts';
import { type Actor, startActor, type Turns, takeTurns } from './turns.ts';

/** As in serverless.yml: after that a message is in the dead-letter queue, and only the sweep helps. */
const maxReceives = 8;

/** Sees every call that was performed, even if its caller gets another answer. */
export type Watch = (call: string) => void;
const unwatched: Watch = () => undefined;

const watched = (cloud: Cloud, hooks: MemoryHooks, watch: Watch): MemoryHooks => ({
  before: async (call) => {
    await hooks.before(call);
    cloud.failing?.(call);
  },
  after: (call) => {
    watchForeignRows(cloud, call);
    watch(call);
    cloud.onCall?.(call, hooks);
    return hooks.after(call);
  },
});

const comeBack = (cloud: Cloud, messages: readonly QueuedMessage[]): void => {
  const again = messages.map(({ body, receives }) => ({ body, receives: receives + 1 }));
  cloud.queue.push(...again.filter(({ receives }) => receives < maxReceives));
  cloud.deadLetters.push(...again.filter(({ receives }) => receives >= maxReceives));
};

/** The function's handling of a batch: messages of roles whose failure can be retried return to the queue. */
export const reconcileBatch = async (
  cloud: Cloud,
  settings: Settings,
  ports: Ports,
  batch: readonly QueuedMessage[],
): Promise<void> => {
  const received = batch.flatMap((message) => {
    const parsed = parseMessage(message.body, accountIdsOf(settings), settings.tagKey);
    const delivery = deliveryOf(message.receives + 1, maxReceives);
    return parsed.kind === 'ignored' ? [] : [{ message, request: requestOf(parsed, delivery) }];
  });
  const reports = await reconcile(
    settings,
    ports,
    received.map(({ request }) => request),
  );
  const retried = new Set(
    reports.filter(({ retry }) => retry !== undefined).map(({ request }) => roleKey(request.ref)),
  );
  const failed = received.filter(({ request }) => retried.has(roleKey(request.ref)));
  comeBack(
    cloud,
    failed.map(({ message }) => message),
  );
};

/** The ports of one invocation; every call is checked for its effect on foreign rows. */
export const portsOf = (cloud: Cloud, hooks: MemoryHooks, watch: Watch = unwatched): Ports => {
  const seen = watched(cloud, hooks, watch);
  const plain = memoryPorts(cloud.world, seen);
  const google = cloud.google?.(seen);
  const ports: Ports =
    google === undefined
      ? plain
      : {
          ...plain,
          policies: google.policies,
          listings: google.listings,
          googleRoles: google.googleRoles,
        };
  return cloud.around?.(ports, hooks) ?? ports;
};

/** The queue delivers a batch to the function. The whole batch is retried if the function dies. */
export const startReconcile = (
  cloud: Cloud,
  turns: Turns,
  name: string,
  batch: readonly QueuedMessage[],
  { around = (ports: Ports) => ports, watch = unwatched } = {},
): Actor => {
  const { intent } = cloud;
  const settings = settingsOf(intent);
  return startActor(
    turns,
    name,
    (hooks) => {
      const ports = watchRemovals(cloud, intent, batch, hooks, (seen) => around(portsOf(cloud, seen, watch)));
      return reconcileBatch(cloud, settings, ports, batch);
    },
    () => comeBack(cloud, batch),
  );
};

/** The alarm reports a sweep that fails; the next one starts from the beginning. */
export const runSweep = async (
  cloud: Cloud,
  settings: Settings,
  hooks: MemoryHooks,
  given?: GivenAnswer,
): Promise<SweepReport | undefined> => {
  try {
    const seen = watched(cloud, hooks, unwatched);
    const plain = memorySweepPorts(cloud.world, seen);
    const google = cloud.google?.(seen);
    const ports: SweepPorts =
      google === undefined
        ? plain
        : { ...plain, ...google, listings: { ...plain.listings, ...google.listings } };
    return await sweep(settings, ports, given);
  } catch (thrown) {
    if (thrown instanceof RetryableError) return undefined;
    // The entries that needed an answer are gone, because the table was emptied.
    if (given !== undefined && thrown instanceof PermanentError) return undefined;
    throw thrown;
  }
};

export const startSweep = (
  cloud: Cloud,
  turns: Turns,
  given?: GivenAnswer,
  onReport: (report: SweepReport | undefined) => void = () => undefined,
  name = 'sweep',
): Actor => {
  const { intent } = cloud;
  return startActor(turns, name, async (hooks) => {
    const report = await runSweep(cloud, settingsOf(intent), hooks, given);
    if (report !== undefined) cloud.trespasses.push(...overLimit(cloud, intent, report));
    onReport(report);
  });
};

/** The delays that handlers/reconcile.ts requests from the queue: 30 s, 60 s, … up to 15 minutes. */
const redeliveryMilliseconds = (receives: number): number =>
  receives === 0 ? 0 : Math.min(900, 30 * 2 ** (receives - 1)) * 1000;

/**
 * The queue delivers all its messages, again and again, until it is empty. Messages that are retried take their time.
 */
export const drain = async (cloud: Cloud, turns: Turns, batchSize = 100): Promise<void> => {
  for (collectMessages(cloud); cloud.queue.length > 0; collectMessages(cloud)) {
    const batch = cloud.queue.splice(0, batchSize);
    const delay = Math.max(...batch.map(({ receives }) => redeliveryMilliseconds(receives)));
    cloud.world.now = new Date(cloud.world.now.getTime() + delay);
    startReconcile(cloud, turns, 'reconcile', batch);
    await takeTurns(turns);
  }
};

/**
 * One sweep and the repairs it requests; a person approves each list that is held. `isCalm`: the second sweep sees
 * the same as the first one.
 */
export const sweepAndRepair = async (cloud: Cloud, turns: Turns, isCalm = true): Promise<void> => {
  let held: readonly SweepReport['limits'][number][] = [];
  cloud.world.held.length = 0;
  startSweep(cloud, turns, undefined, (report) => {
    cloud.trespasses.push(...revokedThoughAsked(cloud, report));
    held = (report?.limits ?? []).filter(({ kind }) => kind === 'held');
  });
  await takeTurns(turns);
  await drain(cloud, turns);
  for (const { accountId: id, held: count, hash } of held) {
    if (hash === undefined) continue;
    startSweep(cloud, turns, approval(hash), (report) => {
      if (!isCalm) return;
      const now = report?.limits.find((account) => account.accountId === id);
      if (now?.kind !== 'released' || now.approved !== count)
        cloud.trespasses.push(
          `${count} revocations of ${id} were held and approved, and then ${JSON.stringify(now)}`,
        );
    });
    await takeTurns(turns);
    await drain(cloud, turns);
  }
};
