import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  memoryWorld,
  setPolicy,
  setRole,
} from '../../shared/adapters/memory.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf as asRequest } from '../../shared/app/request-of.ts';
import type { RoleRequest } from '../../shared/app/role-request.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { memberOf } from '../../shared/core/member.ts';
import { parseMessage } from '../../shared/core/message.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { accountId, now, reader, reports, roleRef, settings, writer } from './settings.ts';

export const key = 'google-access';
export const user = 'roles/iam.workloadIdentityUser';
export const readerPolicy = serviceAccountResource(reader);
export const writerPolicy = serviceAccountResource(writer);
export const member = memberOf(settings, reports);
export const foreign = { role: user, members: ['user:eve@example.com'] };

export const world = (): MemoryWorld => {
  const made = memoryWorld(now);
  setPolicy(made, readerPolicy, { bindings: [foreign] });
  setPolicy(made, writerPolicy, {});
  return made;
};
export const tag = (made: MemoryWorld, value: string, roleName = 'reports') =>
  setRole(made, roleRef(roleName), [{ key, value }]);

/** As the drift rule and the queue bring it to the function. */
export const requestOf = (detail: unknown): RoleRequest => {
  const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id: 'd-1', detail };
  const message = parseMessage(JSON.stringify(body), [accountId]);
  if (message.kind !== 'drift') throw new Error(`not a drift: ${JSON.stringify(message)}`);
  return asRequest(message, false);
};
export const repair = async (made: MemoryWorld, using: Settings = settings) => {
  const requests = made.drifts.splice(0).map(requestOf);
  return reconcile(using, memoryPorts(made), requests);
};
export const run = (made: MemoryWorld, using: Settings = settings, approve?: string) =>
  sweep(using, memorySweepPorts(made), approve === undefined ? {} : { approve });
/** Grants what the tags ask for, as events would have. */
export const settleAll = async (made: MemoryWorld, using: Settings = settings) => {
  await run(made, using);
  await repair(made, using);
  made.calls.length = 0;
  made.outcomes.length = 0;
};
export const bindings = (made: MemoryWorld, resource = readerPolicy) =>
  made.policies.get(resource)?.policy.bindings ?? [];
export const places = (made: MemoryWorld) => [...made.parameters.keys()].toSorted();
export const writes = (made: MemoryWorld) =>
  made.calls.filter((call) => /^(Put|Delete|set)/.test(call) && call !== 'PutEvents');
export const drifted = (made: MemoryWorld) =>
  made.drifts.map(({ role, changes }) => [role.roleName, ...changes] as const);
export const both = ['eu-west-1 /google-access/reports/default', 'us-east-1 /google-access/reports/default'];
