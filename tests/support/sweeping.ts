import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf as asRequest, type RoleRequest } from '../../shared/app/role-request.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { parseMessage } from '../../shared/core/message.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { GivenAnswer } from '../../shared/core/sweep-request.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setRole } from './memory.ts';
import { worldWith } from './memory-world.ts';
import { accountId, roleRef, settings } from './settings.ts';

export { bindings, both, member, places, readerPolicy, writerPolicy, writes } from './memory-world.ts';

/** Who answers. */
export const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';
export const key = 'google-access';
export const user = 'roles/iam.workloadIdentityUser';
/** In the very row that our members are in. */
export const foreign = { role: user, members: ['user:eve@example.com'] };
export const world = () => worldWith(foreign);
export const tag = (made: MemoryWorld, value: string, roleName = 'reports') =>
  setRole(made, roleRef(roleName), [{ key, value }]);

/** As the drift rule and the queue bring it to the function. */
export const requestOf = (detail: unknown): RoleRequest => {
  const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id: 'd-1', detail };
  const message = parseMessage(JSON.stringify(body), [accountId], key);
  if (message.kind !== 'drift') throw new Error(`not a drift: ${JSON.stringify(message)}`);
  return asRequest(message, 'first');
};
export const repair = async (made: MemoryWorld, using: Settings = settings) => {
  const requests = made.drifts.splice(0).map(requestOf);
  return reconcile(using, memoryPorts(made), requests);
};
export const run = (made: MemoryWorld, using: Settings = settings, approve?: string) =>
  sweep(using, memorySweepPorts(made), approve === undefined ? undefined : approval(approve));
export const approval = (hash: string): GivenAnswer => ({
  answer: { kind: 'approve', hash },
  answeredBy: alice,
});
/** Grants what the tags ask for, as events would have. */
export const settleAll = async (made: MemoryWorld, using: Settings = settings) => {
  await run(made, using);
  await repair(made, using);
  made.calls.length = 0;
  made.outcomes.length = 0;
};
export const drifted = (made: MemoryWorld) =>
  made.drifts.map(({ role, changes }) => [role.roleName, ...changes] as const);
