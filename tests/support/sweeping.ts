import { reconcile } from '../../shared/app/reconcile.ts';
import { type RoleRequest, requestOf } from '../../shared/app/role-run.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { parseMessage } from '../../shared/core/message.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { GivenAnswer } from '../../shared/core/sweep-request.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts } from './memory.ts';
import { accountId, now, settings, tagKey } from './settings.ts';

export const runSweep = (world: MemoryWorld, using: Settings = settings, approve?: string) =>
  sweep(using, memorySweepPorts(world), approve === undefined ? undefined : approval(approve));

/** Alice approves the held list of this hash. */
export const approval = (hash: string): GivenAnswer => ({
  answer: { kind: 'approve', hash },
  answeredBy: alice,
});

/** The person who answers. */
export const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';

/** Reconciles what the sweeps since the last repair reported as drift. */
export const runRepair = async (world: MemoryWorld, using: Settings = settings) => {
  const requests = world.drifts.splice(0).map(requestOfDrift);
  return reconcile(using, memoryPorts(world), requests);
};

/** The message as the drift rule and the queue bring it to the function. */
export const requestOfDrift = (drift: object): RoleRequest => {
  const detail = { at: now.toISOString(), ...drift };
  const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id: 'd-1', detail };
  const message = parseMessage(JSON.stringify(body), [accountId], tagKey);
  if (message.kind !== 'drift') throw new Error(`not a drift: ${JSON.stringify(message)}`);
  return requestOf(message, 'first');
};

/** Sweeps and repairs once, so that access matches the tags; then clears the log of calls and the outcomes. */
export const settleAll = async (world: MemoryWorld, using: Settings = settings) => {
  await runSweep(world, using);
  await runRepair(world, using);
  world.calls.length = 0;
  world.outcomes.length = 0;
};

/** Each role that a sweep reported as drifted, with its changes. */
export const drifted = (world: MemoryWorld) =>
  world.drifts.map(({ role, changes }) => [role.roleName, ...changes] as const);
