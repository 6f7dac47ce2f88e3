import { memoryPorts, memorySweepPorts } from '../../../shared/adapters/memory.ts';
import { reconcile } from '../../../shared/app/reconcile.ts';
import { requestOf } from '../../../shared/app/request-of.ts';
import { type SweepReport, sweep } from '../../../shared/app/sweep.ts';
import { RetryableError } from '../../../shared/core/errors.ts';
import { parseMessage } from '../../../shared/core/message.ts';
import { roleKey } from '../../../shared/core/model.ts';
import type { Ports } from '../../../shared/ports.ts';
import { accountId } from '../../support/settings.ts';
import { type Cloud, collectMessages, type QueuedMessage, watchForeignRows } from './cloud.ts';
import { settingsOf } from './intent.ts';
import { type Actor, startActor, type Turns, takeTurns } from './turns.ts';

/** As in serverless.yml: after that a message is in the dead-letter queue, and only the sweep helps. */
const maxReceives = 8;

/** The queue gives a batch to the function: what it does not acknowledge comes back, and all of it if it dies. */
export const startReconcile = (
  cloud: Cloud,
  turns: Turns,
  name: string,
  batch: readonly QueuedMessage[],
  around: (ports: Ports) => Ports = (ports) => ports,
): Actor => {
  const comeBack = (messages: readonly QueuedMessage[]) =>
    cloud.queue.push(
      ...messages
        .map(({ body, receives }) => ({ body, receives: receives + 1 }))
        .filter(({ receives }) => receives < maxReceives),
    );
  const settings = settingsOf(cloud.intent);
  const work: Parameters<typeof startActor>[2] = async (hooks) => {
    const received = batch.flatMap((message) => {
      const parsed = parseMessage(message.body, [accountId]);
      return parsed.kind === 'ignored' ? [] : [{ message, request: requestOf(parsed, message.receives > 0) }];
    });
    const reports = await reconcile(
      settings,
      around(memoryPorts(cloud.world, watched(cloud, hooks))),
      received.map(({ request }) => request),
    );
    const retried = new Set(
      reports.filter(({ retry }) => retry !== undefined).map(({ request }) => roleKey(request.ref)),
    );
    comeBack(
      received.filter(({ request }) => retried.has(roleKey(request.ref))).map(({ message }) => message),
    );
  };
  return startActor(turns, name, work, () => comeBack(batch));
};

/** A sweep that fails is told by its alarm; the next one starts anew. */
export const startSweep = (
  cloud: Cloud,
  turns: Turns,
  approve?: string,
  onReport: (report: SweepReport) => void = () => undefined,
): Actor => {
  const settings = settingsOf(cloud.intent);
  return startActor(turns, 'sweep', async (hooks) => {
    try {
      const ports = memorySweepPorts(cloud.world, watched(cloud, hooks));
      onReport(await sweep(settings, ports, approve === undefined ? {} : { approve }));
    } catch (thrown) {
      if (!(thrown instanceof RetryableError)) throw thrown;
    }
  });
};

const watched = (cloud: Cloud, hooks: Actor['hooks']): Actor['hooks'] => ({
  before: hooks.before,
  after: (call) => {
    watchForeignRows(cloud, call);
    return hooks.after(call);
  },
});

/** The queue gives out all that it holds, again and again, until it is empty. */
export const drain = async (cloud: Cloud, turns: Turns): Promise<void> => {
  for (collectMessages(cloud); cloud.queue.length > 0; collectMessages(cloud)) {
    startReconcile(cloud, turns, 'reconcile', cloud.queue.splice(0, 100));
    await takeTurns(turns);
  }
};

/** One sweep and the repairs it asks for; where the brake holds it, somebody approves exactly that. */
export const sweepAndRepair = async (cloud: Cloud, turns: Turns): Promise<void> => {
  let hash: string | undefined;
  startSweep(cloud, turns, undefined, ({ brake }) => {
    hash = brake.kind === 'held' ? brake.hash : undefined;
  });
  await takeTurns(turns);
  await drain(cloud, turns);
  if (hash === undefined) return;
  startSweep(cloud, turns, hash);
  await takeTurns(turns);
  await drain(cloud, turns);
};
